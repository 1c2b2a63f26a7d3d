package sim

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Pages of the hub that a phone opens: the one that a code at a desk leads to, and the one of a phone that comes first.
const (
	phoneCode  = "/e"
	phoneFirst = "/c"
)

// What follows the # in codes that are whole: that of a desk, and that of a phone for a desk.
var (
	deskFragment  = regexp.MustCompile(`^1\.[A-Za-z0-9_-]{22}$`)
	phoneFragment = regexp.MustCompile(`^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$`)
)

// scan is what the camera's page shows: what was read, and what is to be done with it.
type scan struct {
	Typed   string // what the code says; stays in its field when it is refused, if it was typed there
	Refused string // key of a sentence
	Codes   int    // in the picture, if there was one
	Issuer  string // whose addresses alone are opened
	Open    string // this address is opened
	Clerk   string // this is for a clerk
	Desk    string // who is there
	App     string // this is for the app with codes
	Name    string // of an entry that is added
}

// scanned says what a code leads to. It stays in the answer alone: neither in an address of this program nor in a log.
func (h *Handset) scanned(w http.ResponseWriter, r *http.Request) {
	s, status := h.given(w, r)
	if s.Refused == "" {
		read := s.Codes
		s = h.judge(s.Typed)
		s.Codes = read
		if s.Refused != "" {
			status = http.StatusUnprocessableEntity
		}
	}
	s.Issuer, s.Desk = h.issuer, h.desk
	title := "Camera"
	if s.Refused == "" {
		title = "The code was read"
	}
	h.show(w, status, "scan", title, s)
}

// longestSaid bounds what a code may say, in bytes: more than the largest QR code holds.
const longestSaid = 4000

// given reads a form: a text, or a picture with one QR code instead.
func (h *Handset) given(w http.ResponseWriter, r *http.Request) (scan, int) {
	r.Body = http.MaxBytesReader(w, r.Body, pictureBytes+64<<10)
	err := r.ParseMultipartForm(2 * pictureBytes) // all of it in memory: nothing lies in a file afterwards
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return scan{Refused: "large"}, http.StatusRequestEntityTooLarge
	case err != nil && !errors.Is(err, http.ErrNotMultipart):
		return scan{Refused: "nothing"}, http.StatusBadRequest
	}
	s := scan{Typed: strings.TrimSpace(r.PostFormValue("said")), Name: strings.TrimSpace(r.PostFormValue("name"))}
	picture, err := pictureIn(r)
	switch {
	case err != nil:
		s.Refused = "nothing"
	case len(picture) > 0:
		h.look(r, &s, picture)
	case s.Typed == "":
		s.Refused = "nothing"
	case len(s.Typed) > longestSaid:
		s.Typed, s.Refused = "", "foreign"
	}
	if s.Refused != "" {
		return s, http.StatusUnprocessableEntity
	}
	return s, http.StatusOK
}

// pictureIn gives the file of the form, none where none was chosen.
func pictureIn(r *http.Request) ([]byte, error) {
	file, _, err := r.FormFile("picture")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was read
	return io.ReadAll(file)
}

// look reads the one code in a picture. What was typed beside it is left aside.
func (h *Handset) look(r *http.Request, s *scan, picture []byte) {
	select {
	case h.looking <- struct{}{}:
		defer func() { <-h.looking }()
	case <-r.Context().Done():
		s.Refused = "nothing"
		return
	}
	codes, err := ReadQR(picture)
	s.Typed, s.Codes = "", len(codes)
	switch {
	case errors.Is(err, ErrLargePicture):
		s.Refused = "large"
	case err != nil:
		s.Refused = "no_picture"
	case len(codes) == 0:
		s.Refused = "no_code"
	case len(codes) > 1:
		s.Refused = "several"
	default:
		s.Typed = strings.TrimSpace(codes[0])
	}
}

// judge says what a text is: an address of the hub's that is for phones, something for the clerk or for the app, or
// nothing that a phone should open.
func (h *Handset) judge(text string) scan {
	s := scan{Typed: text}
	if isApp(text) {
		s.App = text
		return s
	}
	u, ok := h.own(text)
	whole := ok && u.RawQuery == "" && u.User == nil && u.Opaque == ""
	switch {
	case !ok:
		s.Refused = "foreign"
	case !whole || u.Path != phoneCode && u.Path != phoneFirst:
		s.Refused = "elsewhere"
	case u.Fragment == "":
		s.Open = h.issuer + u.Path
	case u.Path == phoneCode && deskFragment.MatchString(u.Fragment):
		s.Open = h.issuer + phoneCode + "#" + u.Fragment
	case u.Path == phoneFirst && phoneFragment.MatchString(u.Fragment):
		s.Clerk = h.issuer + phoneFirst + "#" + u.Fragment
	default:
		s.Refused = "damaged"
	}
	return s
}

// own reads an address, typed with or without its scheme, and reports whether it is of the hub's own origin.
func (h *Handset) own(text string) (*url.URL, bool) {
	issuer, err := url.Parse(h.issuer)
	if err != nil {
		return nil, false
	}
	if !strings.Contains(text, "://") {
		text = issuer.Scheme + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil {
		return nil, false
	}
	return u, strings.EqualFold(u.Scheme, issuer.Scheme) && strings.EqualFold(u.Host, issuer.Host)
}
