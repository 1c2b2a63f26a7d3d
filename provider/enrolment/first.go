package enrolment

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"symbolon/provider/keys"
	"symbolon/provider/limit"
	"symbolon/provider/seal"
)

// ErrBusy says that too many phones ask for a code, from one place or in all.
var ErrBusy = errors.New("enrolment: too many phones have asked; a little later")

// Request is a phone that came first (means.md §4.4, variant B): it made its key, and shows a code that
// a clerk takes into a case. Until then nothing is known of anybody, and nothing waits for the disk.
type Request struct {
	ID       seal.RowID
	Secret   [32]byte   // digest of the phone's cookie
	Key      []byte     // public key made in the phone's page; nil where it cannot make one
	Code     Digest     // of what is typed where nothing scans
	Language string     // the phone's
	Browser  string     // its family
	Case     seal.RowID // that took it; zero while it waits
	Late     bool       // its time is over, by the database's clock
	Until    time.Time
}

// Requests keeps phones that came first, beside the cases that take them (Change.Take).
type Requests interface {
	// AddRequest keeps one for so long, without waiting for the disk.
	AddRequest(ctx context.Context, r Request, life time.Duration) error
	// Request finds one by its id, or by the digests of its code; nil if there is none.
	Request(ctx context.Context, id seal.RowID, codes []Digest) (*Request, error)
	// SweepRequests takes away what nobody took in time, and what was taken longer ago than that.
	SweepRequests(ctx context.Context, kept time.Duration) error
}

// Waiting is what the phone shows until a clerk has taken it.
type Waiting struct {
	Fragment   string // of the address in its QR code: its id and what binds it
	Thumbprint string // the second part of it: the page shows no other key's
	Code       string // typed instead, 5-5-1
	Until      time.Time
}

// How many phones may ask within a quarter of an hour: from one household or office, and in all.
func askingHere() limit.Rule { return limit.Rule{Name: "phone_first", Most: 60, Per: DeskTime} }
func askingAll() limit.Rule {
	return limit.Rule{Name: "phone_first_all", Most: 20_000, Per: DeskTime}
}

// Ask takes in a phone that comes first. It gives the phone's cookie. Errors: ErrBusy.
func (o *Office) Ask(ctx context.Context, phone Phone) (string, error) {
	for _, count := range []struct {
		rule limit.Rule
		key  string
	}{{askingHere(), phone.From}, {askingAll(), ""}} { // whom their own place refuses counts against nobody else
		ok, _, err := o.Limit.Allow(ctx, count.rule, count.key)
		if err != nil {
			return "", fmt.Errorf("count phones: %w", err)
		}
		if !ok {
			return "", ErrBusy
		}
	}
	bearer := seal.NewBearer(seal.OneTimeHandle, seal.NewRowID(o.Now()), 0)
	r := Request{
		ID: bearer.Row, Secret: bearer.Digest(), Key: phone.Key, Code: o.digest(firstDigest, plainCode(codeOf(bearer))), Language: phone.Language, Browser: phone.Browser,
	}
	if err := o.Requests.AddRequest(ctx, r, DeskTime); err != nil {
		return "", fmt.Errorf("keep a phone that waits: %w", err)
	}
	return o.Mint.Encode(bearer), nil
}

// Waits gives what the phone with the cookie shows: the same again when its page was closed meanwhile.
// Errors: ErrPhone where none waits with it, ErrVoucher where its time is over.
func (o *Office) Waits(ctx context.Context, cookie string) (Waiting, error) {
	bearer, err := o.Mint.Parse(seal.OneTimeHandle, cookie)
	if err != nil {
		return Waiting{}, ErrPhone
	}
	r, err := o.Requests.Request(ctx, bearer.Row, nil)
	if err != nil {
		return Waiting{}, fmt.Errorf("find a phone that waits: %w", err)
	}
	digest := bearer.Digest()
	switch {
	case r == nil || subtle.ConstantTimeCompare(digest[:], r.Secret[:]) != 1 || r.Case != (seal.RowID{}):
		return Waiting{}, ErrPhone
	case r.Late:
		return Waiting{}, ErrVoucher
	}
	w := Waiting{Thumbprint: r.thumbprint(), Code: codeOf(bearer), Until: r.Until}
	w.Fragment = base64.RawURLEncoding.EncodeToString(r.ID[:]) + "." + w.Thumbprint
	return w, nil
}

// taken gives the case that took the phone with a cookie; ErrNoCase if none did.
func (o *Office) taken(ctx context.Context, id seal.RowID) (Case, error) {
	r, err := o.Requests.Request(ctx, id, nil)
	if err != nil {
		return Case{}, fmt.Errorf("find a phone: %w", err)
	}
	if r == nil || r.Case == (seal.RowID{}) {
		return Case{}, ErrNoCase
	}
	return o.load(ctx, Query{ID: r.Case})
}

// thumbprint is of what binds the phone to its case: its key (RFC 7638), or its cookie where the page can
// make none.
func (r Request) thumbprint() string {
	if public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), r.Key); err == nil {
		if text, err := keys.Thumbprint(public); err == nil {
			return text
		}
	}
	sum := sha256.Sum256(append([]byte("a phone without a key\x00"), r.Secret[:]...))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// codeOf makes the typed code out of the phone's secret, so that it is the same when the page is opened
// again, although only its digest is kept.
func codeOf(b seal.Bearer) string {
	for n := byte(0); ; n++ {
		sum := sha256.Sum256(append(append([]byte("a phone's code\x00"), b.Secret[:]...), n))
		if code, ok := codeFrom([codeLength]byte(sum[:codeLength])); ok {
			return code
		}
	}
}

// shown is what came to the desk from a phone: scanned or typed into one and the same field.
type shown struct {
	id         seal.RowID
	thumbprint string // "" where the code was typed
	code       string
}

// longestShown bounds what is looked at: an address with an id and a thumbprint.
const longestShown = 400

// parseShown reads what a scanner types, an address or its fragment, or what a clerk does: the code.
func parseShown(text string) (shown, bool) {
	text = strings.TrimSpace(text)
	if len(text) > longestShown {
		return shown{}, false
	}
	_, fragment, found := strings.Cut(text, "#")
	if !found {
		fragment = text
	}
	if id, thumbprint, scanned := strings.Cut(fragment, "."); scanned {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
		sum, errSum := base64.RawURLEncoding.Strict().DecodeString(thumbprint)
		if err != nil || errSum != nil || len(raw) != len(seal.RowID{}) || len(sum) != sha256.Size {
			return shown{}, false
		}
		return shown{id: seal.RowID(raw), thumbprint: thumbprint}, true
	}
	code, ok := ParseCode(text)
	return shown{code: code}, ok
}
