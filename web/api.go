package web

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/seal"
)

// API is the host where register systems ask. It has no pages and no cookies; a system proves itself anew
// with every request.
const API HostName = "api"

// Systems takes what register systems ask. *intake.Intake is one.
type Systems interface {
	Who(ctx context.Context, assertion string, shown []*x509.Certificate) (intake.System, error)
	Open(context.Context, intake.System, intake.Application) (enrolment.Case, error)
	Of(context.Context, intake.System, seal.RowID) (enrolment.Case, error)
}

// What a request of a register system may lack, beside what package intake says.
var (
	errJSON      = errors.New("web: not one JSON object of texts")
	errMediaType = errors.New("web: not application/json")
	errKey       = errors.New("web: no Idempotency-Key, or not one of the form")
)

// apiRoutes are those of register systems, if there are any.
func (p *pages) apiRoutes() []route {
	if p.Hosts[API] == "" || p.Systems == nil {
		return nil
	}
	get, post, read := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	return []route{
		{read, "/openapi.yaml", API, p.open, ours, noBody, service, p.openAPI},
		{post, "/cases", API, p.fromSystem, anywhere, formBody, service, p.applied},
		{get, "/cases/{case}", API, p.fromSystem, ours, noBody, service, p.caseOfSystem},
	}
}

// fromSystem asks that the request comes from a register system, by one assertion or certificate.
func (p *pages) fromSystem(v *visit) error {
	assertion := ""
	if headers := v.r.Header.Values("Authorization"); len(headers) > 0 {
		scheme, token, _ := strings.Cut(headers[0], " ")
		if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return &intake.Unknown{Why: "Send one Authorization header: Bearer and the assertion."}
		}
		assertion = token
	}
	var err error
	v.system, err = p.Systems.Who(v.r.Context(), assertion, shown(v.r))
	return err
}

func (p *pages) openAPI(v *visit) error {
	described, err := intake.OpenAPI()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	_, err = v.w.Write(described)
	return err
}

// caseAnswer is a case as its system is told of it.
type caseAnswer struct {
	ID        string       `json:"id"`
	Number    string       `json:"number"`
	Reference string       `json:"reference"`
	Office    string       `json:"office"`
	Purpose   string       `json:"purpose"`
	State     intake.State `json:"state"`
	Opened    string       `json:"opened"`
	Desk      string       `json:"desk"` // for the clerk's browser: it opens the case once the clerk is logged in there
}

func (p *pages) answerCase(v *visit, status int, c enrolment.Case, state intake.State) error {
	id := enrolment.CaseID(c.ID)
	h := v.w.Header()
	h.Set("Content-Type", "application/json")
	if status == http.StatusCreated {
		h.Set("Location", "/cases/"+id)
	}
	v.w.WriteHeader(status)
	return json.NewEncoder(v.w).Encode(caseAnswer{
		id, c.Number, c.Asked, c.Office, string(c.Purpose), state, c.Opened.UTC().Format(time.RFC3339), p.origin(Desk) + "/open/" + id,
	})
}

// applied opens a case. A repeat of the request is answered as it was the first time, whatever became of
// the case meanwhile.
func (p *pages) applied(v *visit) error {
	keys := v.r.Header.Values("Idempotency-Key")
	if len(keys) != 1 || !intake.IsKey(keys[0]) {
		return errKey
	}
	if kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errMediaType
	}
	body, err := readTexts(v.r.Body)
	if err != nil {
		return err
	}
	a := intake.Application{Key: keys[0]}
	members := map[string]*string{"reference": &a.Reference, "office": &a.Office, "purpose": (*string)(&a.Purpose), "identifier": &a.Number}
	var unknown intake.Faults
	for name, text := range body {
		to, known := members[name]
		if !known {
			unknown = append(unknown, intake.Fault{Member: name, Must: "must not be there"})
			continue
		}
		*to = text
	}
	if len(unknown) > 0 {
		return unknown
	}
	c, err := p.Systems.Open(v.r.Context(), v.system, a)
	if err != nil {
		return err
	}
	return p.answerCase(v, http.StatusCreated, c, intake.Waiting)
}

// caseOfSystem tells how a case stands that the system opened.
func (p *pages) caseOfSystem(v *visit) error {
	id, ok := enrolment.ParseCaseID(v.r.PathValue("case"))
	if !ok {
		return errNotFound
	}
	c, err := p.Systems.Of(v.r.Context(), v.system, id)
	if err != nil {
		return err
	}
	return p.answerCase(v, http.StatusOK, c, intake.StateOf(c))
}

// readTexts reads one JSON object whose members are texts. Two members of one name, anything but a text
// and anything behind the object are refused: two readers must not see two requests in one (RFC 8259 §4).
func readTexts(body io.Reader) (map[string]string, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if token, err := d.Token(); err != nil || token != json.Delim('{') || !utf8.Valid(raw) {
		return nil, errJSON
	}
	texts := map[string]string{}
	for d.More() {
		name, err := d.Token()
		key, isText := name.(string)
		if _, twice := texts[key]; err != nil || !isText || twice {
			return nil, errJSON
		}
		value, err := d.Token()
		text, isText := value.(string)
		if err != nil || !isText {
			return nil, errJSON
		}
		texts[key] = text
	}
	if token, err := d.Token(); err != nil || token != json.Delim('}') {
		return nil, errJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	return texts, nil
}

// openFromElsewhere is where a register system's link leads. A browser that comes from another site brings
// no Strict cookie along; from this page of ours it does, and whoever is logged in stays so. Nothing is
// looked up here, and nothing told.
func (p *pages) openFromElsewhere(v *visit) error {
	id, ok := enrolment.ParseCaseID(v.r.PathValue("case"))
	if !ok {
		return errNotFound
	}
	return p.sendAway(v, p.origin(Desk)+"/cases/"+enrolment.CaseID(id), away{Here: true})
}
