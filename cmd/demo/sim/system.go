package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// SystemID is the register system's name at the hub.
const SystemID = "id-cards"

// Purposes that a clerk chooses from in the register system.
const (
	AfterApplication = "id_card_application"
	ForHolder        = "holder"
)

// CardSystem plays the system that clerks of the ID-card register work in every day. From it they open a
// case at the hub and go on to its desk; it hears when the citizen can log in.
type CardSystem struct {
	Office   string // whose clerks work in it
	Switches *Switches
	Now      func() time.Time

	issuer, api string
	key         *jose.JSONWebKey
	toHub       *http.Client
	pages       *pages
	registers   *Registers

	mu    sync.Mutex
	cases []*SystemCase // oldest first
}

// SystemCase is a case as the system knows it.
type SystemCase struct {
	Reference string
	Person    string // name, for the page
	ID        string `json:"id"`
	Number    string `json:"number"`
	State     string `json:"state"`
	Desk      string `json:"desk"`
	Changed   int64
	Seq       int
	Heard     []string // states that the hub told of its own accord, oldest first
}

// cardSystem makes the system. Its public keys lie in a file for the hub's operator.
func (c *Country) cardSystem(o Options, ring keyring) (served, error) {
	key, _, err := ring.key("id-card-system.jwk")
	if err != nil {
		return nil, err
	}
	_, path, err := ring.file("id-card-system.jwks.json", func() ([]byte, error) { return json.Marshal(public(key)) })
	if err != nil {
		return nil, fmt.Errorf("keys of the ID-card register's system: %w", err)
	}
	pages, err := newPages("system", "ID-card register, clerk's system")
	if err != nil {
		return nil, err
	}
	issuer, err := url.Parse(o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ID-card register's system: %w", err)
	}
	c.SystemKeys = path
	c.System = &CardSystem{
		Office: "nowa-wola", Switches: faults(), Now: time.Now, issuer: o.Issuer, api: issuer.Scheme + "://" + net.JoinHostPort("api.localhost", issuer.Port()),
		key: key, toHub: hubUnderAnyName(o, issuer.Host), pages: pages, registers: c.Registers,
	}
	return c.System, nil
}

// hubUnderAnyName is a client that finds every name at the hub's address: only browsers know what is under
// localhost.
func hubUnderAnyName(o Options, hub string) *http.Client {
	transport := &http.Transport{}
	if o.HTTP != nil {
		if given, ok := o.HTTP.Transport.(*http.Transport); ok {
			transport = given.Clone()
		}
	}
	transport.DisableKeepAlives = true
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, hub)
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// Handler serves the clerk's page, and hears the hub.
func (s *CardSystem) Handler() http.Handler {
	mux := http.NewServeMux()
	s.Switches.routes(mux, s.pages)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /open", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Open(r.Context(), r.PostFormValue("person"), r.PostFormValue("purpose"), secret()); err != nil {
			s.pages.problem(w, http.StatusBadGateway, "not_opened", err.Error())
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /events", s.Switches.misbehave("events", s.hear))
	return fence(mux)
}

func (s *CardSystem) home(w http.ResponseWriter, _ *http.Request) {
	cases := s.Cases()
	slices.Reverse(cases)
	people := slices.DeleteFunc(s.registers.People(), func(p Person) bool { return p.Number == "" })
	s.pages.show(w, http.StatusOK, "system", "Applications for ID cards", map[string]any{"People": people, "Cases": cases})
}

// Cases gives what was opened, oldest first.
func (s *CardSystem) Cases() []SystemCase {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]SystemCase, len(s.cases))
	for i, c := range s.cases {
		all[i] = *c
		all[i].Heard = slices.Clone(c.Heard)
	}
	return all
}

// Open opens a case at the hub for somebody of the cast. The reference is the end of the key, so that a repeat with
// the same key is the same request.
func (s *CardSystem) Open(ctx context.Context, person, purpose, key string) (SystemCase, error) {
	people := s.registers.People()
	i := slices.IndexFunc(people, func(p Person) bool { return p.Key == person })
	if i < 0 {
		return SystemCase{}, errors.New("nobody of that name applied for anything")
	}
	reference := "WN-" + key[max(0, len(key)-8):]
	body, err := json.Marshal(map[string]string{"reference": reference, "office": s.Office, "purpose": purpose, "identifier": people[i].Number})
	if err != nil {
		return SystemCase{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.api+"/cases", bytes.NewReader(body))
	if err != nil {
		return SystemCase{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	opened := SystemCase{Reference: reference, Person: people[i].Name()}
	if err := s.ask(r, http.StatusCreated, &opened); err != nil {
		return SystemCase{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.cases, func(c *SystemCase) bool { return c.ID == opened.ID }) {
		kept := opened
		s.cases = append(s.cases, &kept)
	}
	return opened, nil
}

// Read asks how a case stands.
func (s *CardSystem) Read(ctx context.Context, id string) (SystemCase, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api+"/cases/"+id, nil)
	if err != nil {
		return SystemCase{}, err
	}
	var c SystemCase
	return c, s.ask(r, http.StatusOK, &c)
}

// ask signs a request and reads its answer; a problem (RFC 9457) is an error that says what it is.
func (s *CardSystem) ask(r *http.Request, want int, into any) error {
	assertion, err := s.Assertion(nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+assertion)
	resp, err := s.toHub.Do(r)
	if err != nil {
		return fmt.Errorf("the hub cannot be reached: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("the hub's answer broke off: %w", err)
	}
	if resp.StatusCode != want {
		var problem struct{ Title, Detail string }
		_ = json.Unmarshal(raw, &problem) // what cannot be read says nothing
		return fmt.Errorf("the hub answers %d: %s %s", resp.StatusCode, problem.Title, problem.Detail)
	}
	return json.Unmarshal(raw, into)
}

// Assertion signs who asks (RFC 7523 §3), with claims changed as a test wants.
func (s *CardSystem) Assertion(changed map[string]any) (string, error) {
	now := s.Now()
	claims := map[string]any{
		"iss": SystemID, "sub": SystemID, "aud": s.api, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "jti": secret(),
	}
	for name, value := range changed {
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// hear takes a security event token (RFC 8935 §2): by a key of the hub's, from it, for this system.
func (s *CardSystem) hear(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if err == nil {
		err = s.heard(r.Context(), string(raw))
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"err": "invalid_request", "description": err.Error()})
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *CardSystem) heard(ctx context.Context, token string) error {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || jws.Signatures[0].Header.ExtraHeaders[jose.HeaderType] != "secevent+jwt" {
		return errors.New("not a security event token")
	}
	payload, err := s.verified(ctx, jws)
	if err != nil {
		return err
	}
	var event struct {
		Issuer   string `json:"iss"`
		Audience string `json:"aud"`
		Events   map[string]struct {
			Case    string `json:"case"`
			State   string `json:"state"`
			Seq     int    `json:"seq"`
			Changed int64  `json:"changed"`
		} `json:"events"`
	}
	if err := json.Unmarshal(payload, &event); err != nil || event.Issuer != s.issuer || event.Audience != SystemID {
		return errors.New("not from the hub, or not for this system")
	}
	moved, told := event.Events[s.issuer+"/events/case"]
	if !told {
		return nil // of a kind that came later
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cases {
		newer := moved.Changed > c.Changed || moved.Changed == c.Changed && moved.Seq > c.Seq
		if c.ID == moved.Case && newer {
			c.State, c.Changed, c.Seq, c.Heard = moved.State, moved.Changed, moved.Seq, append(c.Heard, moved.State)
		}
	}
	return nil
}

// verified checks a token's signature with the keys that the hub publishes.
func (s *CardSystem) verified(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.issuer+"/jwks", nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.toHub.Do(r)
	if err != nil {
		return nil, errors.New("the hub's keys cannot be read")
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(resp.Body, 256<<10)).Decode(&set); err != nil {
		return nil, errors.New("the hub's keys cannot be read")
	}
	for _, key := range set.Key(jws.Signatures[0].Header.KeyID) {
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, errors.New("not signed by the hub")
}

// Told reports whether the hub told a state of a case of its own accord.
func (c SystemCase) Told(state string) bool { return slices.Contains(c.Heard, state) }

// Known is the state in words.
func (c SystemCase) Known() string { return strings.ReplaceAll(c.State, "_", " ") }
