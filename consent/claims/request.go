package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"symbolon/connectors/identity"
)

// What a claims parameter may be at most.
const (
	longestRequest = 16 << 10 // bytes
	deepestRequest = 12
	mostClaims     = 100
	mostValues     = 50
)

// ErrRequest says that a claims parameter is not as it must be. What wraps it says why, in words
// for the party's developer, and repeats nothing of what was sent.
var ErrRequest = errors.New("claims: not a valid claims parameter")

// Requested is what a party says about one claim (OpenID Connect Core §5.5.1; purpose and max_age
// of OpenID Connect for Identity Assurance 1.0). A claim that is only named has the zero value.
type Requested struct {
	Essential bool              `json:"essential,omitempty"`
	Values    []json.RawMessage `json:"values,omitempty"` // value, or values in order of preference
	Purpose   string            `json:"purpose,omitempty"`
	MaxAge    *int64            `json:"max_age,omitempty"` // seconds since the datum was verified
}

// Texts gives those of the values that are strings.
func (r Requested) Texts() []string {
	var texts []string
	for _, v := range r.Values {
		var s string
		if json.Unmarshal(v, &s) == nil && v[0] == '"' {
			texts = append(texts, s)
		}
	}
	return texts
}

// ClaimsRequest is the claims parameter: what is wanted, by claim, in which place. It holds claims
// of the catalogue, and of those that concern the login itself acr, auth_time, sub and
// assurance_valid_until, which are for the caller.
type ClaimsRequest struct {
	UserInfo         map[string]Requested `json:"userinfo,omitempty"`
	IDToken          map[string]Requested `json:"id_token,omitempty"`
	UserInfoVerified []Verified           `json:"userinfo_verified,omitempty"`
	IDTokenVerified  []Verified           `json:"id_token_verified,omitempty"`
	Locales          []string             `json:"locales,omitempty"` // claims_locales, as Locales reads it
}

// ParseClaims reads the claims parameter strictly: one JSON object of bounded size and depth, no
// name twice in an object, every member of its own type. Claims and members that are not known are
// left out (OpenID Connect Core §5.5). "" asks for nothing. Errors wrap ErrRequest.
func ParseClaims(parameter string) (ClaimsRequest, error) {
	if parameter == "" {
		return ClaimsRequest{}, nil
	}
	if len(parameter) > longestRequest {
		return ClaimsRequest{}, fmt.Errorf("%w: longer than %d bytes", ErrRequest, longestRequest)
	}
	top, err := object(parameter)
	if err != nil {
		return ClaimsRequest{}, err
	}
	var request ClaimsRequest
	if request.UserInfo, request.UserInfoVerified, err = placeOf(top["userinfo"]); err != nil {
		return ClaimsRequest{}, fmt.Errorf("%w (in userinfo)", err)
	}
	if request.IDToken, request.IDTokenVerified, err = placeOf(top["id_token"]); err != nil {
		return ClaimsRequest{}, fmt.Errorf("%w (in id_token)", err)
	}
	return request, nil
}

func placeOf(raw any) (map[string]Requested, []Verified, error) {
	if raw == nil {
		return nil, nil, nil
	}
	members, ok := raw.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("%w: must be an object", ErrRequest)
	}
	if len(members) > mostClaims {
		return nil, nil, fmt.Errorf("%w: more than %d claims", ErrRequest, mostClaims)
	}
	place, catalogue := map[string]Requested{}, byName()
	var verified []Verified
	for name, one := range members {
		if name == verifiedClaims {
			var err error
			if verified, err = verifiedOf(one, catalogue); err != nil {
				return nil, nil, err
			}
			continue
		}
		_, known := catalogue.lookup(identity.AttributeName(name))
		if !known && !slices.Contains([]string{"acr", "auth_time", "sub", "assurance_valid_until"}, name) {
			continue
		}
		requested, err := requestedOf(one)
		if err != nil {
			return nil, nil, fmt.Errorf("%w, for %s", err, name)
		}
		place[name] = requested
	}
	return place, verified, nil
}

func requestedOf(raw any) (Requested, error) {
	if raw == nil {
		return Requested{}, nil
	}
	members, ok := raw.(map[string]any)
	if !ok {
		return Requested{}, fmt.Errorf("%w: must be null or an object", ErrRequest)
	}
	var r Requested
	if essential, ok := members["essential"]; ok {
		if r.Essential, ok = essential.(bool); !ok {
			return Requested{}, fmt.Errorf("%w: essential must be true or false", ErrRequest)
		}
	}
	if purpose, ok := members["purpose"]; ok {
		text, ok := purpose.(string)
		if n := utf8.RuneCountInString(text); !ok || n < 3 || n > 300 {
			return Requested{}, fmt.Errorf("%w: purpose must be a string of 3 to 300 characters", ErrRequest)
		}
		r.Purpose = text
	}
	if err := r.readMaxAge(members); err != nil {
		return Requested{}, err
	}
	return r, r.readValues(members)
}

func (r *Requested) readMaxAge(members map[string]any) error {
	raw, ok := members["max_age"]
	if !ok {
		return nil
	}
	number, _ := raw.(json.Number)
	seconds, err := number.Int64()
	if err != nil || seconds < 0 {
		return fmt.Errorf("%w: max_age must be a number of seconds", ErrRequest)
	}
	r.MaxAge = &seconds
	return nil
}

func (r *Requested) readValues(members map[string]any) error {
	value, one := members["value"]
	values, several := members["values"]
	all := []any{value}
	switch {
	case one && several:
		return fmt.Errorf("%w: value and values exclude each other", ErrRequest)
	case several:
		list, ok := values.([]any)
		if !ok || len(list) == 0 || len(list) > mostValues {
			return fmt.Errorf("%w: values must be an array of 1 to %d", ErrRequest, mostValues)
		}
		all = list
	case !one:
		return nil
	}
	for _, v := range all {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("%w: a value does not marshal", ErrRequest)
		}
		r.Values = append(r.Values, raw)
	}
	return nil
}

// object reads one JSON object and nothing after it. encoding/json would take the last of two
// members with one name; whoever checked the first would have checked another request.
func object(text string) (map[string]any, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrRequest)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	value, err := read(d, deepestRequest)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the object", ErrRequest)
	}
	top, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: must be an object", ErrRequest)
	}
	return top, nil
}

func read(d *json.Decoder, deeper int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: not JSON", ErrRequest)
	}
	if deeper == 0 {
		return nil, fmt.Errorf("%w: nested too deep", ErrRequest)
	}
	switch token {
	case json.Delim('{'):
		return readObject(d, deeper)
	case json.Delim('['):
		return readArray(d, deeper)
	default:
		return token, nil
	}
}

func readObject(d *json.Decoder, deeper int) (map[string]any, error) {
	members := map[string]any{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, fmt.Errorf("%w: not JSON", ErrRequest)
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("%w: a name occurs twice in one object", ErrRequest)
		}
		if members[name], err = read(d, deeper-1); err != nil {
			return nil, err
		}
	}
	return members, closing(d)
}

func readArray(d *json.Decoder, deeper int) ([]any, error) {
	list := []any{}
	for d.More() {
		one, err := read(d, deeper-1)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: not JSON", ErrRequest)
	}
	return nil
}
