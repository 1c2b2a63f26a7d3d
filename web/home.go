package web

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"symbolon/connectors"
)

var directive = regexp.MustCompile(`^[a-z-]{1,40}$`)

// home says what this is, and where who got a notice of an enrolment stops it: a message names no more than our
// host (means.md R-ENR-07).
func (p *pages) home(v *visit) error {
	p.show(v, http.StatusOK, "home", homePage{Office: p.Office != nil, Portal: p.portalAddress()})
	return nil
}

// homePage is the hub's first page: whether an office enrols people, and where the portal is, "" for none.
type homePage struct {
	Office bool
	Portal string
}

// helpPage is the page of help. Portal is where people look after what an office gave them; "" where none
// gives anything.
type helpPage struct{ Portal string }

// help says in plain words how levels work and how to get a means.
func (p *pages) help(v *visit) error {
	var body helpPage
	if p.Devices != nil {
		body.Portal = p.origin(Portal) + "/"
	}
	p.show(v, http.StatusOK, "help", body)
	return nil
}

// cspReport notes which rule of a page's policy was broken, and nothing else of what anybody sends.
func (p *pages) cspReport(v *visit) error {
	body, err := io.ReadAll(v.r.Body)
	if err != nil {
		return err
	}
	var report struct {
		Report struct {
			Effective string `json:"effective-directive"`
			Violated  string `json:"violated-directive"`
		} `json:"csp-report"`
	}
	if json.Unmarshal(body, &report) != nil {
		return errBody
	}
	rule := report.Report.Effective
	if rule == "" {
		rule = report.Report.Violated
	}
	if !directive.MatchString(rule) {
		return errBody
	}
	p.Log.InfoContext(v.r.Context(), "page policy broken", "ref", v.ref, "directive", rule)
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}

// helpCard says what to do about each trouble with an e-ID card.
func (p *pages) helpCard(v *visit) error {
	p.show(v, http.StatusOK, "card", cardProblems())
	return nil
}

func cardProblems() []string {
	var all []string
	for _, code := range connectors.CardFailures() {
		all = append(all, string(code))
	}
	return all
}
