package register

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"symbolon/connectors/identity"
)

// longestKept bounds for how long an operator may keep a further source's answers.
const longestKept = 24 * time.Hour

// PartnerAttribute is one thing that a further source tells.
type PartnerAttribute struct {
	Name  string         // its own: "number"
	Type  string         // "string", "boolean", "number", "array" (of strings) or "object" (of strings)
	Level identity.Level // a login below this is not told it
}

// Partner is a further source of attributes: whoever keeps student cards, large-family cards … It is
// asked by number about one person, and only for what somebody asks (partner.yaml).
type Partner struct {
	ID         string
	Attributes []PartnerAttribute
	Keep       time.Duration // how long an answer is used again; zero: not at all
	Client     *Client

	mu   sync.Mutex
	kept map[[sha256.Size]byte]identity.Attributes
}

// Partners are all further sources of an installation.
type Partners struct {
	List []*Partner
	Log  *slog.Logger
	Now  func() time.Time
}

// partnerAnswer is an answer as it travels; partner.yaml describes it.
type partnerAnswer struct {
	Identifiers []string                   `json:"identifiers"`
	Attributes  map[string]json.RawMessage `json:"attributes"`
	AsOf        time.Time                  `json:"as_of"`
	// In has texts, and objects of texts, once more in other languages.
	In map[string]map[string]json.RawMessage `json:"in_languages"`
}

// Level gives the level that an attribute needs, under its whole name; false if no source has it.
func (p *Partners) Level(name identity.AttributeName) (identity.Level, bool) {
	if p == nil {
		return identity.None, false
	}
	id, own, _ := strings.Cut(string(name), ":")
	for _, one := range p.List {
		if a, ok := one.attribute(own); ok && one.ID == id {
			return a.Level, true
		}
	}
	return identity.None, false
}

func (p *Partner) attribute(own string) (PartnerAttribute, bool) {
	i := slices.IndexFunc(p.Attributes, func(a PartnerAttribute) bool { return a.Name == own })
	if i < 0 {
		return PartnerAttribute{}, false
	}
	return p.Attributes[i], true
}

// Attributes asks every source that has one of the names, all at once. A source that does not
// answer, or does not know the person, tells nothing: what is not known is not told.
func (p *Partners) Attributes(ctx context.Context, id identity.Identifier, names []identity.AttributeName) identity.Attributes {
	if p == nil {
		return nil
	}
	answers := make([]identity.Attributes, len(p.List))
	var asking sync.WaitGroup
	for i, one := range p.List {
		wanted := one.wanted(names)
		if len(wanted) == 0 {
			continue
		}
		asking.Go(func() {
			told, err := one.ask(ctx, id, wanted, p.Now())
			if err != nil {
				p.Log.WarnContext(ctx, "a further source tells nothing", "source", one.ID, "error", err)
			}
			answers[i] = told
		})
	}
	asking.Wait()
	return slices.Concat(answers...)
}

// wanted gives the names of its own attributes among the names, in order.
func (p *Partner) wanted(names []identity.AttributeName) []string {
	var own []string
	for _, name := range names {
		id, attribute, _ := strings.Cut(string(name), ":")
		if _, has := p.attribute(attribute); has && id == p.ID && !slices.Contains(own, attribute) {
			own = append(own, attribute)
		}
	}
	slices.Sort(own)
	return own
}

func (p *Partner) ask(ctx context.Context, id identity.Identifier, wanted []string, now time.Time) (identity.Attributes, error) {
	key := sha256.Sum256([]byte(id.Reveal() + "\n" + strings.Join(wanted, "\n")))
	if told, ok := p.look(key, now); ok {
		return told, nil
	}
	question, err := json.Marshal(map[string]any{"identifier": id.Reveal(), "attributes": wanted})
	if err != nil {
		return nil, fmt.Errorf("%w: the question cannot be written", ErrUnavailable)
	}
	var answer partnerAnswer
	if err := p.Client.post(ctx, "/v1/attributes", question, &answer); err != nil {
		return nil, err
	}
	told, err := p.told(answer, id, wanted, now)
	if err != nil {
		return nil, err
	}
	p.keep(key, told)
	return told, nil
}

// told takes what was asked for, in the type that the settings say, and insists that the answer is
// about this person (attacks UF-05). Anything that was not asked for spoils the answer.
func (p *Partner) told(answer partnerAnswer, id identity.Identifier, wanted []string, now time.Time) (identity.Attributes, error) {
	if _, err := identifiersOf(answer.Identifiers, id); err != nil {
		return nil, err
	}
	if err := asOf(answer.AsOf, now); err != nil {
		return nil, err
	}
	var told identity.Attributes
	for own, raw := range answer.Attributes {
		a, ours := p.attribute(own)
		if !ours || !slices.Contains(wanted, own) {
			return nil, unusable("it tells what was not asked")
		}
		if !fits(a.Type, raw) {
			return nil, errType()
		}
		told = append(told, identity.Attribute{
			Name: identity.AttributeName(p.ID + ":" + own), Value: identity.Raw(raw), VerifiedAt: answer.AsOf,
			Source: identity.Source{Kind: identity.FromPartner, ID: p.ID},
		})
	}
	return told, p.also(told, answer, wanted)
}

// PartnerTypes lists what an attribute can be.
func PartnerTypes() []string { return []string{"string", "boolean", "number", "array", "object"} }

// fits reports whether JSON is of a type. Texts are bounded and hold no control characters.
func fits(kind string, raw json.RawMessage) bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	switch v := v.(type) {
	case string:
		return kind == "string" && decent(v)
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number"
	case []any:
		return kind == "array" && len(v) > 0 && len(v) <= maxIdentifiers && !slices.ContainsFunc(v, indecent)
	case map[string]any:
		for name, one := range v {
			if !decent(name) || indecent(one) {
				return false
			}
		}
		return kind == "object" && len(v) > 0 && len(v) <= maxIdentifiers
	default:
		return false
	}
}

func indecent(v any) bool { s, isText := v.(string); return !isText || !decent(s) }

func decent(text string) bool {
	return text != "" && len(text) <= maxText && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (p *Partner) look(key [sha256.Size]byte, now time.Time) (identity.Attributes, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told, ok := p.kept[key]
	if !ok || slices.ContainsFunc(told, func(a identity.Attribute) bool { return now.Sub(a.VerifiedAt) > min(p.Keep, longestKept) }) {
		return nil, false
	}
	return told, true
}

// keep holds no more than there is use for, and nothing where the operator keeps nothing. That a
// source knows nothing of somebody is not kept: they may have a card the next minute.
func (p *Partner) keep(key [sha256.Size]byte, told identity.Attributes) {
	if p.Keep <= 0 || len(told) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= mostKept {
		p.kept = map[[sha256.Size]byte]identity.Attributes{}
	}
	p.kept[key] = told
}
