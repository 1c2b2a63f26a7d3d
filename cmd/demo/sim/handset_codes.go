package sim

import (
	"encoding/base32"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// How much the app holds, so that nobody can fill the memory with it.
const (
	mostEntries = 20
	mostDrawers = 100 // browsers; who was away longest is forgotten first
	longestName = 60  // characters
)

// entry is one account in the app with codes (RFC 6238).
type entry struct {
	ID, Issuer, Account string

	secret string // base32
	period int64  // seconds
	how    totp.ValidateOpts
}

// Shown is what the app shows of an entry: the code, and for how many seconds it is good.
type Shown struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
	Code    string `json:"code"`
	Left    int    `json:"left"`
}

// drawers keep the entries of each browser, in memory alone.
type drawers struct {
	mu  sync.Mutex
	all map[string]*drawer // by cookie
	use int                // counts what was done, to tell who was away longest
}

type drawer struct {
	entries []entry
	used    int
}

var (
	errFull  = errors.New("the app holds no more entries")
	errEntry = errors.New("neither a secret nor an address for an app")
)

// isApp reports whether a text is for the app with codes.
func isApp(text string) bool { return strings.HasPrefix(strings.ToLower(text), "otpauth:") }

// entryOf reads an address for apps, or a secret as people type it: in groups, in small letters.
func entryOf(text, name string) (entry, error) {
	e := entry{ID: secret(), Account: name, secret: secretIn(text), period: 30, how: totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}}
	if isApp(text) {
		key, err := otp.NewKeyFromURL(text)
		if err != nil || !strings.EqualFold(key.Type(), "totp") {
			return entry{}, errEntry
		}
		period := key.Period()
		if period < 5 || period > 300 || key.Digits() != otp.DigitsSix && key.Digits() != otp.DigitsEight {
			return entry{}, errEntry
		}
		e.Issuer, e.Account, e.secret = shortened(key.Issuer()), key.AccountName(), secretIn(key.Secret())
		e.period, e.how = int64(period), totp.ValidateOpts{Period: uint(period), Digits: key.Digits(), Algorithm: key.Algorithm()}
	}
	if e.Account = shortened(e.Account); e.Account == "" {
		e.Account = "Account"
	}
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.secret); err != nil || len(raw) < 10 || len(raw) > 64 {
		return entry{}, errEntry
	}
	return e, nil
}

func secretIn(text string) string {
	return strings.TrimRight(strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -\t\u00a0", r) {
			return -1
		}
		return r
	}, text)), "=")
}

func shortened(name string) string {
	if runes := []rune(name); len(runes) > longestName {
		return string(runes[:longestName])
	}
	return name
}

// at gives what the app shows at a time.
func (e entry) at(now time.Time) Shown {
	code, err := totp.GenerateCodeCustom(e.secret, now, e.how)
	if err != nil {
		code = "–" // its secret was read when it was added
	}
	return Shown{ID: e.ID, Issuer: e.Issuer, Account: e.Account, Code: code, Left: int(e.period - now.Unix()%e.period)}
}

// of gives the entries behind a cookie.
func (d *drawers) of(cookie string) []entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	mine, there := d.all[cookie]
	if !there {
		return nil
	}
	d.use++
	mine.used = d.use
	return slices.Clone(mine.entries)
}

// put adds an entry and gives the cookie that it is behind: a new one where the browser's is of nobody here. The same
// secret again is the same entry.
func (d *drawers) put(cookie string, e entry) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	mine, there := d.all[cookie]
	if !there {
		cookie, mine = secret(), &drawer{}
	}
	mine.entries = slices.DeleteFunc(mine.entries, func(have entry) bool { return have.secret == e.secret })
	if len(mine.entries) >= mostEntries {
		return cookie, errFull
	}
	if !there {
		d.room()
		d.all[cookie] = mine
	}
	d.use++
	mine.entries, mine.used = append(mine.entries, e), d.use
	return cookie, nil
}

// room forgets who was away longest, if there is no room for one more.
func (d *drawers) room() {
	if d.all == nil {
		d.all = map[string]*drawer{}
	}
	for len(d.all) >= mostDrawers {
		oldest := ""
		for cookie, one := range d.all {
			if oldest == "" || one.used < d.all[oldest].used {
				oldest = cookie
			}
		}
		delete(d.all, oldest)
	}
}

func (d *drawers) drop(cookie, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if mine, there := d.all[cookie]; there {
		mine.entries = slices.DeleteFunc(mine.entries, func(e entry) bool { return e.ID == id })
	}
}

// shown gives what the app shows to a browser now.
func (h *Handset) shown(r *http.Request) []Shown {
	now := h.now()
	all := []Shown{}
	for _, e := range h.drawers.of(cookie(r, handsetCookie)) {
		all = append(all, e.at(now))
	}
	return all
}

// codes shows every entry. Without a script the page looks again every ten seconds.
func (h *Handset) codes(w http.ResponseWriter, r *http.Request) {
	h.show(w, http.StatusOK, "codes", "Codes", map[string]any{"Shown": h.shown(r), "Again": 10})
}

// codesNow is the same for the page's script.
func (h *Handset) codesNow(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, h.shown(r))
}

func (h *Handset) add(w http.ResponseWriter, r *http.Request) {
	s, status := h.given(w, r)
	if s.Refused == "" {
		e, err := entryOf(s.Typed, s.Name)
		var mine string
		if err == nil {
			mine, err = h.drawers.put(cookie(r, handsetCookie), e)
		}
		switch {
		case errors.Is(err, errFull):
			s.Refused, status = "full", http.StatusUnprocessableEntity
		case err != nil:
			s.Refused, status = "no_entry", http.StatusUnprocessableEntity
		default:
			setCookie(w, r, handsetCookie, mine)
			http.Redirect(w, r, "/codes", http.StatusSeeOther)
			return
		}
	}
	h.show(w, status, "add", "Add a code", s)
}

func (h *Handset) remove(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	h.drawers.drop(cookie(r, handsetCookie), r.PostFormValue("entry"))
	http.Redirect(w, r, "/codes", http.StatusSeeOther)
}
