package sim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// change lets people at the page report a death, a document lost, stolen or found, a new name or
// number, and that somebody no longer acts for somebody.
func (g *Registers) change(w http.ResponseWriter, r *http.Request) {
	key := r.PostFormValue("person")
	g.Report(key, r.PostFormValue("deceased"), r.PostFormValue("status"))
	if r.PostFormValue("refused") != "" {
		g.Refuse(key)
	}
	if ended := r.PostFormValue("ended"); ended != "" {
		g.EndRelation(ended)
	}
	if r.PostFormValue("protected") != "" {
		g.Protect(key)
	}
	if family := r.PostFormValue("family"); family != "" {
		g.Rename(key, family)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// Report changes what is registered about a person and tells it in the feed: deceased "yes" or "no",
// status the person's document's. "" leaves either as it is.
func (g *Registers) Report(key, deceased, status string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, p := range g.people {
		if p.Key != key {
			continue
		}
		switch deceased {
		case "yes":
			g.people[i].Deceased = g.Now().UTC().Format(time.DateOnly)
			g.happened("death", p)
		case "no":
			g.people[i].Deceased = ""
			g.happened("death_corrected", p)
		}
		if status != "" && p.Document != nil {
			document := *p.Document // others hold the old one
			document.Status = status
			g.people[i].Document = &document
			g.happened("document_changed", p)
			g.events[len(g.events)-1].State = status
		}
	}
}

// Register takes more people in.
func (g *Registers) Register(people ...Person) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.people = append(g.people, people...)
}

// Refuse lets an application for a first identity card come to nothing, and tells it in the feed.
func (g *Registers) Refuse(key string) {
	g.alter(key, "first_document_refused", func(p *Person) { p.Application = nil })
}

// Renew gives somebody another document and tells no feed. The one before stands as so from now on; where that is "",
// the register does not tell of it any more.
func (g *Registers) Renew(key string, now Document, before string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, p := range g.people {
		if p.Key != key {
			continue
		}
		g.people[i].Document, g.people[i].Former = &now, nil
		if before != "" && p.Document != nil {
			former := *p.Document
			former.Status = before
			g.people[i].Former = &former
		}
	}
}

// House lets somebody live where somebody else does, and tells no feed.
func (g *Registers) House(key, with string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	host, _ := find(g.people, with)
	for i, p := range g.people {
		if p.Key == key {
			g.people[i].Address = host.Address
		}
	}
}

// Rename gives somebody another family name and tells it in the feed.
func (g *Registers) Rename(key, family string) {
	g.alter(key, "name_changed", func(p *Person) { p.FormerFamily, p.FamilyName = p.FamilyName, family })
}

// Renumber gives somebody another number and tells it in the feed, under the old one.
func (g *Registers) Renumber(key, number string) {
	g.alter(key, "number_changed", func(p *Person) { p.OldNumber, p.Number = p.Number, number })
}

// Protect lets nobody be told any more where somebody lives, and tells it in the feed.
func (g *Registers) Protect(key string) {
	g.alter(key, "address_protected", func(p *Person) { p.Protected = true })
}

func (g *Registers) alter(key, kind string, change func(*Person)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, before := range g.people {
		if before.Key == key {
			change(&g.people[i])
			g.happened(kind, before)
		}
	}
}

// Events gives the whole feed as a register would push it, or put it into a file.
func (g *Registers) Events() ([]byte, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return json.Marshal(map[string]any{"events": g.events})
}

// registerEvent is one line of the feed.
type registerEvent struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Identifier string    `json:"identifier"`
	State      string    `json:"state,omitempty"`
	Relation   string    `json:"relation,omitempty"`
	At         time.Time `json:"at"`
}

func (g *Registers) happened(kind string, p Person) {
	if p.Number == "" {
		return
	}
	g.events = append(g.events, registerEvent{ID: "event-" + strconv.Itoa(len(g.events)+1), Kind: kind, Identifier: p.Number, At: g.Now().UTC()})
}

// feed answers what happened after a place; a place is how many events were seen.
func (g *Registers) feed(w http.ResponseWriter, r *http.Request) {
	if !bearer(r, g.Token) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
		return
	}
	var in struct {
		After string `json:"after"`
		Most  int    `json:"most"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in)
	from := 0
	if err == nil && in.After != "" {
		from, err = strconv.Atoi(in.After)
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	if err != nil || from < 0 || in.Most < 1 {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "bad_request"})
		return
	}
	from = min(from, len(g.events))
	to := min(from+in.Most, len(g.events))
	events := append([]registerEvent{}, g.events[from:to]...)
	writeJSON(w, http.StatusOK, map[string]any{"events": events, "next": strconv.Itoa(to), "more": to < len(g.events)})
}
