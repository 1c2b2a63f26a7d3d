package pki

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Lists are read again after refetch at the latest, so that a card revoked now counts soon; after
// a failure they are left alone for pause.
const (
	refetch = 15 * time.Minute
	pause   = 30 * time.Second
)

// lists keeps revocation lists by address. Addresses come from profiles, or from certificates of
// their issuers at hosts of the profiles.
type lists struct {
	deps Deps

	mu   sync.Mutex
	rows map[string]*list
}

// mostLists bounds how many addresses are remembered.
const mostLists = 1000

func newLists(d Deps) *lists { return &lists{deps: d, rows: map[string]*list{}} }

// list is one revocation list, read by one caller at a time.
type list struct {
	turn   chan struct{} // holds one token: who has it reads
	mu     sync.Mutex
	now    *index
	asked  time.Time // when it was read last, or tried to be
	failed bool
}

// index is a list that was verified.
type index struct {
	revoked map[string]int // serial in hex → reason
	digest  [32]byte
	made    time.Time
	ends    time.Time
	key     string // of the authority that signed it
}

// ask looks the certificate up in its issuer's list, which must be of now.
func (l *lists) ask(ctx context.Context, f *Found, now time.Time) (answer, error) {
	refuse := func(r Refusal, reason string) (answer, error) {
		l.deps.Log.InfoContext(ctx, "certificate's status not taken", "issuer", f.issuer.id, "code", string(r), "reason", reason)
		return answer{}, r
	}
	if f.issuer.crl == nil {
		return refuse(Unavailable, "no_list")
	}
	target, ok := address(f.issuer.crl.URL, f.issuer.crl.Hosts, f.leaf.CRLDistributionPoints)
	if !ok {
		return refuse(Unavailable, "no_list")
	}
	row, ok := l.row(target + " " + string(f.ca.SubjectKeyId))
	if !ok {
		return refuse(Unavailable, "too_many_lists")
	}
	current, err := row.current(ctx, now, func() (*index, error) { return l.fetch(ctx, target, f.ca, now) })
	switch {
	case err != nil:
		return refuse(Unavailable, "list")
	case now.After(current.ends):
		return refuse(Unavailable, "list_over")
	case current.key != string(f.ca.RawSubjectPublicKeyInfo):
		return refuse(Unavailable, "list_of_another")
	}
	if reason, listed := current.revoked[f.leaf.SerialNumber.Text(16)]; listed {
		return refuse(revoked(reason), "revoked")
	}
	return answer{"crl", current.digest, current.made}, nil
}

func (l *lists) row(key string) (*list, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	row, ok := l.rows[key]
	if !ok && len(l.rows) < mostLists {
		row, ok = &list{turn: make(chan struct{}, 1)}, true
		l.rows[key] = row
	}
	return row, ok
}

// current gives the list, reading it again when it is due. Where that fails the one before holds
// until it is over.
func (r *list) current(ctx context.Context, now time.Time, fetch func() (*index, error)) (*index, error) {
	if got, due := r.kept(now); !due {
		return got, r.missing(got)
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if got, due := r.kept(now); !due { // somebody else has read it meanwhile
		return got, r.missing(got)
	}
	read, err := fetch()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.failed = now, err != nil
	if err == nil {
		r.now = read
	}
	return r.now, r.missing(r.now)
}

func (*list) missing(got *index) error {
	if got == nil {
		return errors.New("no list")
	}
	return nil
}

func (r *list) kept(now time.Time) (*index, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := refetch
	if r.failed {
		wait = pause
	}
	over := r.now != nil && now.After(r.now.ends) && !r.failed
	return r.now, r.asked.IsZero() || over || now.Sub(r.asked) >= wait || now.Before(r.asked)
}

func (l *lists) fetch(ctx context.Context, target string, ca *x509.Certificate, now time.Time) (*index, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	response, err := l.deps.CRL.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // what was read is whole or an error
	if response.StatusCode != http.StatusOK {
		return nil, errors.New("no list")
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return readList(raw, ca, now)
}

// The extensions of RFC 5280 §5.2 that a whole, direct list may mark as critical: only where it
// says which part of the certificates it is about.
const oidDistributionPoint = "2.5.29.28"

// distribution is IssuingDistributionPoint (RFC 5280 §5.2.5).
type distribution struct {
	Point         asn1.RawValue  `asn1:"optional,tag:0"`
	OnlyUsers     bool           `asn1:"optional,tag:1"`
	OnlyCAs       bool           `asn1:"optional,tag:2"`
	SomeReasons   asn1.BitString `asn1:"optional,tag:3"`
	Indirect      bool           `asn1:"optional,tag:4"`
	OnlyAttribute bool           `asn1:"optional,tag:5"`
}

// readList verifies a list (RFC 5280 §6.3.3): of this authority, whole and direct, and of now. A delta
// says too little, and a list for others says nothing about a card (attacks XC-07).
func readList(raw []byte, ca *x509.Certificate, now time.Time) (*index, error) {
	parsed, err := x509.ParseRevocationList(raw)
	if err != nil {
		return nil, errors.New("list does not parse")
	}
	switch {
	case !bytes.Equal(parsed.RawIssuer, ca.RawSubject) || parsed.CheckSignatureFrom(ca) != nil:
		return nil, errors.New("list of another authority")
	case parsed.ThisUpdate.After(now.Add(skewOfAnswers)):
		return nil, errors.New("list of the future")
	case parsed.NextUpdate.IsZero() || now.After(parsed.NextUpdate):
		return nil, errors.New("list is over")
	}
	for _, e := range parsed.Extensions {
		switch {
		case e.Id.String() == oidDistributionPoint:
			var d distribution
			if rest, err := asn1.Unmarshal(e.Value, &d); err != nil || len(rest) > 0 ||
				d.OnlyCAs || d.Indirect || d.OnlyAttribute || d.SomeReasons.BitLength > 0 {
				return nil, errors.New("list is not about all cards")
			}
		case e.Critical: // a delta among them (§5.2.4)
			return nil, errors.New("list with a critical extension")
		}
	}
	all := &index{
		revoked: make(map[string]int, len(parsed.RevokedCertificateEntries)), digest: sha256.Sum256(raw),
		made: parsed.ThisUpdate, ends: parsed.NextUpdate, key: string(ca.RawSubjectPublicKeyInfo),
	}
	for _, entry := range parsed.RevokedCertificateEntries {
		for _, e := range entry.Extensions {
			if e.Critical {
				return nil, errors.New("list with a critical extension of an entry")
			}
		}
		if entry.ReasonCode == ocsp.RemoveFromCRL {
			return nil, errors.New("a whole list takes nothing back") // RFC 5280 §5.3.1
		}
		all.revoked[entry.SerialNumber.Text(16)] = entry.ReasonCode
	}
	return all, nil
}
