package sim

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"symbolon/cmd/exampleparty/party"
)

// Service is one service that logs its people in through the hub: the example party, with pages.
type Service struct {
	Name  string
	Intro string
	Doors []Entrance
	Log   *slog.Logger
	party *party.Party
	pages *pages
	texts map[string]string // error code → what the service says to its visitor
}

// Entrance is one reason to log in, with a button.
type Entrance struct {
	ID, Path, Text string
	Second         bool // not the main button
	Ask            party.Ask
}

// City makes the city's services: names by law, more by consent, medium level; one thing needs a strong level,
// with evidence.
func City(set party.Settings) (*Service, error) {
	permit := func(purpose string) party.Want { return party.Want{Essential: true, Purpose: purpose} }
	claims := map[string]party.Want{
		"given_name": permit("to issue the permit in your name"), "family_name": permit("to issue the permit in your name"),
		"birthdate": permit("to tell you from others with your name"),
		"address":   {Purpose: "to send you the permit by post"}, "email": {Purpose: "to tell you when it is ready"},
	}
	return newService("Nowa Wola city services", "city", "Parking permits, objections and everything else you need from your city.", set,
		Entrance{ID: "log-in", Path: "/login", Text: "Log in for a parking permit", Ask: party.Ask{ACR: acrSubstantial, Claims: claims}},
		Entrance{ID: "log-in-strong", Path: "/strong", Text: "Do something that needs strong proof", Second: true,
			Ask: party.Ask{ACR: acrHigh, Essential: true, Verified: withEvidence()}})
}

// Library makes the library: an address to write to, and whether somebody is of age.
func Library(set party.Settings) (*Service, error) {
	return newService("Pod Lipą library", "library", "Books, films and a quiet room under the lime tree.", set,
		Entrance{ID: "log-in", Path: "/login", Text: "Log in to borrow", Ask: party.Ask{
			ACR: acrLow,
			Claims: map[string]party.Want{
				"email":       {Purpose: "to remind you before a book is due"},
				"age_over_18": {Essential: true, Purpose: "because some films are for adults only"},
			}}},
		Entrance{ID: "log-in-student", Path: "/student", Text: "Log in as a student and keep books twice as long", Second: true, Ask: party.Ask{
			ACR: acrLow,
			Claims: map[string]party.Want{
				"student_card:student": {Essential: true, Purpose: "to lend you books for twice as long"},
			}}})
}

// School makes the schools: parents ask for a place for their child, or somebody for themselves.
func School(set party.Settings) (*Service, error) {
	pupil := party.Want{Essential: true, Purpose: "to put the pupil on the list"}
	return newService("Nowa Wola schools", "school", "A place at a school for everybody who wants to learn something.", set,
		Entrance{ID: "log-in", Path: "/login", Text: "Ask for a place, for your child or yourself", Ask: party.Ask{
			ACR: acrSubstantial, Scopes: []string{"delegation"},
			Claims: map[string]party.Want{
				"given_name": pupil, "family_name": pupil, "birthdate": pupil, "address": {Purpose: "to find a school near by"},
			}}})
}

func newService(name, look, intro string, set party.Settings, doors ...Entrance) (*Service, error) {
	pages, err := newPages(look, name)
	if err != nil {
		return nil, err
	}
	set.Cookie = "sim_" + look
	return &Service{
		Name: name, Intro: intro, Doors: doors, Log: slog.New(slog.DiscardHandler), party: party.New(set), pages: pages,
		texts: map[string]string{
			"access_denied":                     "You did not let us know what we asked for, or you stopped. We were told nothing about you.",
			"unmet_authentication_requirements": "You could not prove who you are as strongly as this needs. We were told nothing about you.",
			"login_required":                    "You are not logged in.",
			"unknown_login":                     "This login was begun in another browser, or was finished already. Please begin again.",
			"invalid_answer":                    "The answer we got does not hold, so we do not believe it.",
			"unavailable":                       "We cannot reach the login service now. Please try again in a minute.",
		},
	}, nil
}

// Handler serves the service.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /style.css", style)
	mux.HandleFunc("GET /{$}", s.home)
	for _, door := range s.Doors {
		mux.HandleFunc("GET "+door.Path, s.act(func(w http.ResponseWriter, r *http.Request) error {
			return s.party.Begin(w, r, door.Ask)
		}))
	}
	mux.HandleFunc("GET /callback", s.act(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.party.Callback(w, r); err != nil {
			return err
		}
		http.Redirect(w, r, "/", http.StatusSeeOther) // so that a reload does not send the code again
		return nil
	}))
	mux.HandleFunc("POST /logout", s.act(s.party.Logout))
	return fence(mux)
}

func (s *Service) act(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil {
			return
		}
		code := "unavailable"
		if refused, ok := errors.AsType[*party.Refused](err); ok {
			code = refused.Code
		}
		s.Log.Warn("login at a service", "service", s.Name, "code", code, "error", err, "cause", errors.Unwrap(err))
		text, known := s.texts[code]
		if !known {
			text = "The login did not work."
		}
		s.pages.show(w, http.StatusOK, "refused", "We could not log you in", map[string]string{"Code": code, "Text": text})
	}
}

// told is one line of what a service was told.
type told struct{ Name, Value string }

type servicePage struct {
	Service *Service
	Session *party.Session
	Level   string
	Told    []told
	Proved  *proved // told with evidence; nil if nothing was
	Acting  bool    // who logged in acts for whom this is about
}

func (s *Service) home(w http.ResponseWriter, r *http.Request) {
	session, here := s.party.Current(r)
	if !here {
		s.pages.show(w, http.StatusOK, "service", "Welcome", servicePage{Service: s})
		return
	}
	_, acting := session.Claims["act"]
	level := session.ACR[strings.LastIndex(session.ACR, "/")+1:]
	s.pages.show(w, http.StatusOK, "service", "You are logged in", servicePage{s, &session, level, lines(session.Claims), provedOf(session.Claims["verified_claims"]), acting})
}

// lines puts what was told in order; sub and what came with evidence stand elsewhere on the page.
func lines(claims map[string]any) []told {
	var all []told
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if name == "sub" || name == "verified_claims" {
			continue
		}
		all = append(all, told{name, inWords(claims[name])})
	}
	return all
}

// inWords writes a claim's value for reading: an address line by line, other structures as JSON.
func inWords(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		var rows []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			rows = append(rows, name+": "+inWords(v[name]))
		}
		return strings.Join(rows, "\n")
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(raw)
	}
}
