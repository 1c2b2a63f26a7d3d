package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// stored is a Login as it is sealed.
type stored struct {
	Request    Request           `json:"request"`
	Leg        *Leg              `json:"leg,omitempty"`
	Proof      *storedProof      `json:"proof,omitempty"`
	Failure    string            `json:"failure,omitempty"`
	Stopped    StopCode          `json:"stopped,omitempty"`
	Case       string            `json:"case,omitempty"`
	Untied     *storedTie        `json:"untied,omitempty"`
	Account    bool              `json:"account,omitempty"`
	Represents *storedRepresents `json:"represents,omitempty"`
	Refused    Outcome           `json:"refused,omitempty"`
	Answered   *Receipt          `json:"answered,omitempty"`
}

// storedProof is a Proof as it is sealed: the only place where its values are written out.
type storedProof struct {
	Usage      identity.UsageID    `json:"usage"`
	Subject    string              `json:"subject,omitempty"`
	Merged     []string            `json:"merged,omitempty"`
	Means      identity.Means      `json:"means"`
	Choice     string              `json:"choice,omitempty"`
	Issuer     string              `json:"issuer,omitempty"`
	Office     string              `json:"office,omitempty"`
	Document   string              `json:"document,omitempty"`
	Evidence   []identity.Evidence `json:"evidence"`
	AMR        []string            `json:"amr,omitempty"`
	AuthTime   time.Time           `json:"auth_time"`
	Login      seal.RowID          `json:"login"`
	Session    seal.RowID          `json:"session"`
	Ends       time.Time           `json:"ends,omitzero"`
	Attributes json.RawMessage     `json:"attributes"`
	Upstream   string              `json:"upstream,omitempty"`
	Findings   []identity.Finding  `json:"findings,omitempty"`
	Also       []identity.Means    `json:"also,omitempty"`
}

func loginPlace(id seal.RowID) string   { return "login " + id.String() }
func sessionPlace(id seal.RowID) string { return "session " + id.String() }

func (p *Proof) store() (*storedProof, error) {
	if p == nil {
		return nil, nil
	}
	exposed, err := p.Attributes.Expose()
	if err != nil {
		return nil, err
	}
	return &storedProof{p.Usage, p.Subject, p.Merged, p.Means, p.Choice, p.Issuer, p.Office, p.Document.Key(), p.Evidence, p.AMR, p.AuthTime, p.Login, p.Session, p.Ends, exposed, p.Upstream.Reveal(), p.Findings, p.Also}, nil
}

func (p *storedProof) load() (*Proof, error) {
	if p == nil {
		return nil, nil
	}
	attributes, err := identity.Unseal(p.Attributes)
	if err != nil {
		return nil, err
	}
	document, err := identity.ParseDocument(p.Document)
	if err != nil {
		return nil, err
	}
	return &Proof{p.Usage, p.Subject, p.Merged, p.Means, p.Choice, p.Issuer, p.Office, document, p.Evidence, p.AMR, p.AuthTime, p.Login, p.Session, p.Ends, attributes, identity.Hide(p.Upstream), p.Findings, p.Also}, nil
}

// row seals the login for its bearer. Its generation is the one to be replaced.
func (l *Login) row(expires time.Time) (Row, error) {
	proof, err := l.Proof.store()
	if err != nil {
		return Row{}, fmt.Errorf("store login: %w", err)
	}
	untied, err := l.Untied.store()
	if err != nil {
		return Row{}, fmt.Errorf("store login: %w", err)
	}
	represents, err := l.Represents.store()
	if err != nil {
		return Row{}, errors.New("store login: whom somebody acts for does not marshal")
	}
	plain, err := json.Marshal(stored{l.Request, l.Leg, proof, l.Failure, l.Stopped, l.Case, untied, l.Account, represents, l.Refused, l.Answered})
	if err != nil {
		return Row{}, errors.New("store login: does not marshal") // the cause could hold values
	}
	return Row{
		ID: l.ID, Gen: l.Gen, Digest: l.Bearer.Digest(), Created: l.Created, Expires: expires,
		Done: l.Answered != nil, Sealed: l.key.Seal(plain, loginPlace(l.ID)), Wrap: l.key.WrapFor(l.Bearer),
	}, nil
}

// open reads what row wrote. The bearer was checked against the row's digest before.
func open(r Row, b seal.Bearer) (*Login, error) {
	key, err := seal.Unwrap(r.Wrap, b)
	if err != nil {
		return nil, fmt.Errorf("open login: %w", err)
	}
	plain, err := key.Open(r.Sealed, loginPlace(r.ID))
	if err != nil {
		return nil, fmt.Errorf("open login: %w", err)
	}
	var s stored
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, errors.New("open login: not what was sealed")
	}
	proof, err := s.Proof.load()
	if err != nil {
		return nil, fmt.Errorf("open login: %w", err)
	}
	untied, err := s.Untied.load()
	if err != nil {
		return nil, fmt.Errorf("open login: %w", err)
	}
	represents, err := s.Represents.load()
	if err != nil {
		return nil, fmt.Errorf("open login: %w", err)
	}
	return &Login{
		ID: r.ID, Represents: represents, Case: s.Case, Untied: untied, Gen: r.Gen, Created: r.Created, Expires: r.Expires, Request: s.Request, Leg: s.Leg, Proof: proof, Failure: s.Failure,
		Stopped: s.Stopped, Account: s.Account, Refused: s.Refused, Answered: s.Answered, Bearer: b, key: key, opened: r.Read,
	}, nil
}

// sealProof seals a session's proof under a fresh key of its own row.
func sealProof(p Proof, b seal.Bearer) (sealed, wrap []byte, err error) {
	p.Subject, p.Merged, p.Session = "", nil, b.Row // the subject belongs to one party; a session to none
	p.Attributes = withoutFurther(withoutDocument(p.Attributes))
	proof, err := p.store()
	if err != nil {
		return nil, nil, fmt.Errorf("store session: %w", err)
	}
	plain, err := json.Marshal(proof)
	if err != nil {
		return nil, nil, errors.New("store session: does not marshal")
	}
	key := seal.NewDataKey()
	return key.Seal(plain, sessionPlace(b.Row)), key.WrapFor(b), nil
}

func openProof(r SessionRow, b seal.Bearer) (*Proof, error) {
	key, err := seal.Unwrap(r.Wrap, b)
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	plain, err := key.Open(r.Sealed, sessionPlace(r.ID))
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	var s storedProof
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, errors.New("open session: not what was sealed")
	}
	return s.load()
}
