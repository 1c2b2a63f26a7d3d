package login

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// Visitor is who is logged in at a door.
type Visitor struct {
	Session  seal.RowID // changes with every login
	Parent   seal.RowID // the hub's, that it came from
	Usage    identity.UsageID
	Subject  string // their name in the door's sector
	Level    identity.Level
	AMR      []string
	Means    identity.Means
	AuthTime time.Time       // when they acted at the means
	Idle     time.Time       // nobody is logged in any more then, if nothing is done
	Name     identity.Secret // the given name, "" if unknown
}

// Fresh reports whether they proved who they are within the time.
func (v Visitor) Fresh(now time.Time, within time.Duration) bool {
	return max(now.Sub(v.AuthTime), 0) <= within
}

// ErrOtherBrowser says that a handle was brought by a browser that did not ask for it.
var ErrOtherBrowser = errors.New("login: not the browser that knocked")

// visit is what a door's session seals beside the proof.
type visit struct {
	Proof     *storedProof `json:"proof"`
	Challenge string       `json:"challenge"`
	To        string       `json:"to"`
	Reused    bool         `json:"reused"` // it came from a session of the hub
}

// seal seals it under a fresh key of the bearer's row.
func (v visit) seal(proof Proof, b seal.Bearer) (sealed, wrap []byte, err error) {
	name, _ := proof.Attributes.Find("given_name") // all that a page of ours says about them
	proof.Subject, proof.Merged, proof.Session, proof.Attributes = "", nil, b.Row, nil
	if !name.Value.IsZero() {
		proof.Attributes = identity.Attributes{name}
	}
	if v.Proof, err = proof.store(); err != nil {
		return nil, nil, fmt.Errorf("store a door's session: %w", err)
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, nil, errors.New("store a door's session: does not marshal")
	}
	key := seal.NewDataKey()
	return key.Seal(plain, sessionPlace(b.Row)), key.WrapFor(b), nil
}

func openVisit(r SessionRow, b seal.Bearer) (visit, seal.DataKey, error) {
	key, err := seal.Unwrap(r.Wrap, b)
	if err != nil {
		return visit{}, key, fmt.Errorf("open a door's session: %w", err)
	}
	plain, err := key.Open(r.Sealed, sessionPlace(r.ID))
	if err != nil {
		return visit{}, key, fmt.Errorf("open a door's session: %w", err)
	}
	var v visit
	if err := json.Unmarshal(plain, &v); err != nil || v.Proof == nil {
		return visit{}, key, errors.New("open a door's session: not what was sealed")
	}
	return v, key, nil
}

// Challenge is what a door sends along instead of the browser's secret.
func Challenge(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Arrive takes the handle that a browser brings to a door, with the secret that it got there when
// it knocked, and gives the cookie of the session and the path to go on to. A handle is worth
// nothing at another door, in another browser (ErrOtherBrowser; nothing is burnt), after its minute
// or a second time (ErrGone): the first to arrive takes the row.
func (s *Service) Arrive(ctx context.Context, door, handle, secret string) (cookie, to string, err error) {
	bearer, err := s.Mint.Parse(seal.OneTimeHandle, handle)
	if err != nil {
		return "", "", ErrGone
	}
	row, err := s.doorRow(ctx, door, bearer)
	if err != nil {
		return "", "", err
	}
	kept, key, err := openVisit(row, bearer)
	if err != nil {
		return "", "", err
	}
	if secret == "" || subtle.ConstantTimeCompare([]byte(Challenge(secret)), []byte(kept.Challenge)) != 1 {
		return "", "", ErrOtherBrowser
	}
	session := seal.NewBearer(seal.DoorCookie, row.ID, 0) // attacks SE-01: no cookie from before is one afterwards
	row.Digest, row.Wrap, row.Idle = session.Digest(), key.WrapFor(session), s.Now().Add(s.Doors[door].Idle)
	if err := s.Sessions.RenewSession(ctx, row, bearer.Digest()); err != nil {
		return "", "", fmt.Errorf("arrive: %w", err)
	}
	return s.Mint.Encode(session), kept.To, nil
}

// doorRow loads a live session of a door that the bearer opens; ErrGone if there is none.
func (s *Service) doorRow(ctx context.Context, door string, b seal.Bearer) (SessionRow, error) {
	row, err := s.Sessions.LoadSession(ctx, b.Row)
	if err != nil && !errors.Is(err, ErrGone) {
		return SessionRow{}, fmt.Errorf("session at a door: %w", err)
	}
	if _, known := s.Doors[door]; err != nil || !known || row.Door != door || row.Digest != b.Digest() {
		return SessionRow{}, ErrGone
	}
	return row, nil
}

// Visitor says who is logged in at a door, nil if nobody is. It asks everything anew each time: the
// session lives, the means is switched on, and what was proved is still enough for the door. A
// person who was frozen or has died has no sessions any more. What a page asks by itself is no
// activity and prolongs nothing.
func (s *Service) Visitor(ctx context.Context, door, cookie string, active bool) (*Visitor, error) {
	bearer, err := s.Mint.Parse(seal.DoorCookie, cookie)
	if err != nil {
		return nil, nil
	}
	row, err := s.doorRow(ctx, door, bearer)
	if err == nil {
		err = s.Stands(ctx, row.Means, row.Office, seal.RowID{})
	}
	if errors.Is(err, ErrGone) || errors.Is(err, ErrFallen) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := s.revisit(row, bearer)
	if err != nil {
		return nil, err
	}
	if !l.Level().Satisfies(l.Needs()) {
		return nil, nil
	}
	if idle := s.Now().Add(s.Doors[door].Idle); active && idle.Sub(row.Idle) > time.Minute { // at most one write a minute
		if err := s.Sessions.TouchSession(ctx, row.ID, idle); err != nil {
			return nil, fmt.Errorf("prolong a session at a door: %w", err)
		}
		row.Idle = idle
	}
	sub, err := s.Subjects.Subject(ctx, l.Party.Sector, row.Usage)
	if err != nil {
		return nil, fmt.Errorf("subject at a door: %w", err)
	}
	name, _ := l.Proof.Attributes.Find("given_name")
	return &Visitor{row.ID, row.Parent, row.Usage, sub, l.Level(), l.Proof.AMR, row.Means, l.Proof.AuthTime, row.Idle, identity.Hide(name.Value.RevealText())}, nil
}

// revisit makes the login of a visit again, so that its level is what the rules say now.
func (s *Service) revisit(row SessionRow, b seal.Bearer) (*Login, error) {
	kept, _, err := openVisit(row, b)
	if err != nil {
		return nil, err
	}
	proof, err := kept.Proof.load()
	if err != nil {
		return nil, err
	}
	proof.Ends = row.Absolute
	l := &Login{Party: s.Doors[row.Door].Party, Means: s.Descriptions(), Proof: proof}
	if !kept.Reused {
		l.ID = proof.Login
	}
	s.decide(l, s.Now())
	return l, nil
}

// Leave logs out at a door, and at the hub where the visit came from a session there. A cookie that
// is not one has nothing to end.
func (s *Service) Leave(ctx context.Context, door, cookie string) error {
	bearer, err := s.Mint.Parse(seal.DoorCookie, cookie)
	if err != nil {
		return nil
	}
	row, err := s.doorRow(ctx, door, bearer)
	if errors.Is(err, ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.end(ctx, row); err != nil {
		return err
	}
	if row.Parent == (seal.RowID{}) {
		return nil
	}
	if err := s.Sessions.EndSession(ctx, row.Parent); err != nil {
		return fmt.Errorf("log out at the hub: %w", err)
	}
	return nil
}
