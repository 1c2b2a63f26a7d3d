package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp/totp"
)

const hubAt = "http://localhost:8080"

// What desks and phones show: see what follows the # in handset_scan.go.
var (
	deskSays  = hubAt + "/e#1." + strings.Repeat("a", 22)
	phoneSays = hubAt + "/c#" + strings.Repeat("b", 22) + "." + strings.Repeat("c", 43)
	appSays   = "otpauth://totp/City:381X?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=City"
)

func newHandset(t *testing.T) (*Handset, string) {
	t.Helper()
	h, err := NewHandset(hubAt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.Handler())
	t.Cleanup(server.Close)
	return h, server.URL
}

// squares gives QR codes on white, side by side.
func squares(t *testing.T, texts ...string) *image.RGBA {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 40+300*len(texts), 340))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	for i, text := range texts {
		code, err := qr.Encode(text, qr.M, qr.Auto)
		if err == nil {
			code, err = barcode.Scale(code, 260, 260)
		}
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(picture, code.Bounds().Add(image.Pt(40+300*i, 40)), code, image.Point{}, draw.Src)
	}
	return picture
}

func pngOf(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is a PNG of some bytes that says that it is of a size.
func bomb(t *testing.T, side uint32) []byte {
	t.Helper()
	raw := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	for i := range 4 {
		raw[16+i], raw[20+i] = byte(side>>(24-8*i)), byte(side>>(24-8*i))
	}
	sum := crc32.ChecksumIEEE(raw[12:29])
	for i := range 4 {
		raw[29+i] = byte(sum >> (24 - 8*i))
	}
	return raw
}

// sent fills a form of the phone as a browser does.
func sent(t *testing.T, b *http.Client, address, said string, picture []byte) *http.Response {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	err := form.WriteField("said", said)
	if err == nil {
		part, failed := form.CreateFormFile("picture", map[bool]string{true: "picture"}[len(picture) > 0]) // none where none was chosen
		if err = failed; err == nil {
			_, err = part.Write(picture)
		}
	}
	if err = errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	res, err := b.Post(address, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// visitor is a browser of its own.
func visitor(t *testing.T) *http.Client {
	t.Helper()
	return (&stand{t: t}).browser()
}

func got(t *testing.T, b *http.Client, address string) string {
	t.Helper()
	return text(t, (&stand{t: t}).get(b, address))
}

// outcome is what the page says about a code: the id of what can be done, or why it was refused.
func outcome(page string) string {
	if why := regexp.MustCompile(`data-why="([a-z_]+)"`).FindStringSubmatch(page); why != nil {
		return why[1]
	}
	for _, id := range []string{"open", "clerk", "to-codes"} {
		if strings.Contains(page, ` id="`+id+`"`) {
			return id
		}
	}
	return ""
}

func TestHandsetOpensPagesForPhonesOfTheHubAlone(t *testing.T) {
	_, at := newHandset(t)
	for _, c := range []struct{ said, want string }{
		{deskSays, "open"},
		{"  " + deskSays + "\n", "open"},
		{"HTTP://LOCALHOST:8080/e#1." + strings.Repeat("a", 22), "open"},
		{hubAt + "/e", "open"},
		{"localhost:8080/e", "open"}, // as it is read off the desk's page
		{hubAt + "/c", "open"},
		{phoneSays, "clerk"},
		{appSays, "to-codes"},
		{"", "nothing"},
		{"https://localhost:8080/e#1." + strings.Repeat("a", 22), "foreign"}, // another scheme, port, host, name before it
		{"http://localhost:8081/e#1." + strings.Repeat("a", 22), "foreign"},
		{"http://127.0.0.1:8080/e", "foreign"},
		{"http://localhost.evil.example:8080/e", "foreign"},
		{"http://localhost:8080@evil.example/e", "foreign"},
		{"http://somebody@localhost:8080/e", "foreign"},
		{"http://evil.example/http://localhost:8080/e", "foreign"},
		{"//evil.example/e", "foreign"},
		{"javascript:alert(1)", "foreign"},
		{"JBSWY3DPEHPK3PXP", "foreign"},
		{"http://localhost:8080/e\x00", "foreign"},
		{strings.Repeat("x", longestSaid+1), "foreign"},
		{hubAt + "/", "elsewhere"},
		{hubAt + "/login/x", "elsewhere"},
		{hubAt + "//evil.example/e", "elsewhere"},
		{hubAt + "/e/", "elsewhere"},
		{hubAt + "/e?to=x#1." + strings.Repeat("a", 22), "elsewhere"},
		{hubAt + "/e#1." + strings.Repeat("a", 21), "damaged"},
		{hubAt + "/e#2." + strings.Repeat("a", 22), "damaged"},
		{hubAt + "/e#1." + strings.Repeat("a", 21) + `"`, "damaged"},
		{hubAt + "/c#1." + strings.Repeat("a", 22), "damaged"},
	} {
		res := sent(t, http.DefaultClient, at+"/scan", c.said, nil)
		page := text(t, res)
		if got := outcome(page); got != c.want {
			t.Errorf("%q: %q, not %q:\n%s", c.said, got, c.want, page)
		}
		refused := !slices.Contains([]string{"open", "clerk", "to-codes"}, c.want)
		if (res.StatusCode == http.StatusUnprocessableEntity) != refused || strings.Contains(page, `href="javascript`) || refused && strings.Contains(page, `target="_blank"`) {
			t.Errorf("%q: %s:\n%s", c.said, res.Status, page)
		}
		if res.Header.Get("Cache-Control") != "no-store" || res.Request.URL.RawQuery != "" || res.Request.URL.Fragment != "" {
			t.Errorf("%q: the code is kept, or stands in an address", c.said)
		}
	}
	if page := text(t, sent(t, http.DefaultClient, at+"/scan", `http://evil.example/"><b>`, nil)); !strings.Contains(page, "http://evil.example/&#34;&gt;&lt;b&gt;") {
		t.Errorf("a refused code is not shown as it is:\n%s", page)
	}
}

func TestHandsetReadsPictures(t *testing.T) {
	_, at := newHandset(t)
	one := squares(t, deskSays)
	var photo, moving bytes.Buffer
	if err := errors.Join(jpeg.Encode(&photo, one, &jpeg.Options{Quality: 40}), gif.Encode(&moving, one, nil)); err != nil {
		t.Fatal(err)
	}
	screen := image.NewRGBA(image.Rect(0, 0, 3840, 2160)) // the whole of a large screen
	draw.Draw(screen, screen.Rect, image.NewUniform(color.RGBA{200, 210, 220, 255}), image.Point{}, draw.Src)
	draw.Draw(screen, one.Rect.Add(image.Pt(700, 900)), one, image.Point{}, draw.Src)
	clear := image.NewNRGBA(one.Rect) // black on nothing
	for y := range one.Rect.Dy() {
		for x := range one.Rect.Dx() {
			if one.RGBAAt(x, y).R < 128 {
				clear.SetNRGBA(x, y, color.NRGBA{0, 0, 0, 255})
			}
		}
	}
	for name, c := range map[string]struct {
		picture []byte
		want    string
		status  int
	}{
		"a picture of a screen":       {pngOf(t, one), "open", 200},
		"a photo":                     {photo.Bytes(), "open", 200},
		"a GIF":                       {moving.Bytes(), "open", 200},
		"a whole screen":              {pngOf(t, screen), "open", 200},
		"seen through":                {pngOf(t, clear), "open", 200},
		"a phone's code":              {pngOf(t, squares(t, phoneSays)), "clerk", 200},
		"an app's code":               {pngOf(t, squares(t, appSays)), "to-codes", 200},
		"the same twice":              {pngOf(t, squares(t, deskSays, deskSays)), "open", 200},
		"another code pasted over it": {pngOf(t, squares(t, "http://evil.example/e#1."+strings.Repeat("a", 22))), "foreign", 422},
		"two":                         {pngOf(t, squares(t, deskSays, phoneSays)), "several", 422},
		"no code":                     {pngOf(t, image.NewGray(image.Rect(0, 0, 300, 300))), "no_code", 422},
		"a portrait":                  {drawnPerson(t), "no_code", 422},
		"nothing but corners":         {pngOf(t, corners()), "no_code", 422},
		"no picture":                  {[]byte("%PDF-1.7"), "no_picture", 422},
		"half a picture":              {pngOf(t, one)[:400], "no_picture", 422},
		"a small file, a huge one":    {bomb(t, 1<<16), "large", 422},
		"a smaller file, huger":       {bomb(t, 1<<31-1), "no_picture", 422},
		"of many bytes":               {append(pngOf(t, one), make([]byte, pictureBytes)...), "large", 422},
		"of too many bytes":           {make([]byte, pictureBytes+1<<20), "large", 413},
	} {
		res := sent(t, http.DefaultClient, at+"/scan", "what was typed beside it", c.picture)
		if page := text(t, res); outcome(page) != c.want || res.StatusCode != c.status {
			t.Errorf("%s: %s, %q, not %d, %q", name, res.Status, outcome(page), c.status, c.want)
		}
	}
}

// corners are those of QR codes, 900 of them: enough to keep a reader busy for minutes.
func corners() *image.Gray {
	const cell, module = 36, 4
	picture := image.NewGray(image.Rect(0, 0, 30*cell, 30*cell))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			m, n := x%cell/module, y%cell/module
			ring := max(m, n) <= 6 && (m == 0 || m == 6 || n == 0 || n == 6)
			if ring || m >= 2 && m <= 4 && n >= 2 && n <= 4 {
				picture.SetGray(x, y, color.Gray{})
			}
		}
	}
	return picture
}

func drawnPerson(t *testing.T) []byte {
	t.Helper()
	picture, err := portrait("ordinary")
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// Other pages can neither send forms to the phone nor reach it by a name of theirs.
func TestHandsetTakesNoFormsFromElsewhere(t *testing.T) {
	h, _ := newHandset(t)
	for _, path := range []string{"/scan", "/codes/add", "/codes/remove", "/switch"} {
		for name, change := range map[string]func(*http.Request){
			"another origin": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			"no fetch site":  func(r *http.Request) { r.Header.Set("Origin", hubAt) },
			"another name":   func(r *http.Request) { r.Host = "phone.evil.example" },
		} {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:9113"+path, strings.NewReader("said=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(r)
			w := httptest.NewRecorder()
			h.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusForbidden && w.Code != http.StatusMisdirectedRequest {
				t.Errorf("%s from %s: %d", path, name, w.Code)
			}
		}
	}
	for _, bad := range []string{"multipart/form-data", "text/plain", "application/json"} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:9113/scan", strings.NewReader("{"))
		r.Header.Set("Content-Type", bad)
		w := httptest.NewRecorder()
		h.Handler().ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 || outcome(w.Body.String()) != "nothing" {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

// codesOf reads what the app shows to a browser.
func codesOf(t *testing.T, b *http.Client, at string) []Shown {
	t.Helper()
	res, err := b.Get(at + "/codes/now")
	if err != nil {
		t.Fatal(err)
	}
	var shown []Shown
	if err := json.Unmarshal([]byte(text(t, res)), &shown); err != nil {
		t.Fatal(err)
	}
	return shown
}

func TestHandsetShowsCodes(t *testing.T) {
	h, at := newHandset(t)
	now := time.Date(2026, 11, 29, 12, 0, 7, 0, time.UTC)
	h.Now = func() time.Time { return now }
	const other = "KRSXG5CTMVRXEZLUKN2HE2LOM4======"
	b := visitor(t)
	for _, c := range []struct {
		said    string
		picture []byte
		want    string // "" where it is taken
	}{
		{said: appSays},
		{said: "", picture: pngOf(t, squares(t, appSays))}, // the same again
		{said: "krsx g5ct-mvrx ezlu kn2h e2lo m4"},
		{said: "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1", want: "no_entry"},
		{said: "otpauth://totp/x?secret=JBSWY3DP", want: "no_entry"}, // 40 bits
		{said: "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=0", want: "no_entry"},
		{said: "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=86400", want: "no_entry"},
		{said: "otpauth://totp/x", want: "no_entry"},
		{said: "otpauth:%", want: "no_entry"},
		{said: "not base 32!", want: "no_entry"},
		{said: strings.Repeat("A", 200), want: "no_entry"},
		{said: "", want: "nothing"},
		{said: "", picture: pngOf(t, squares(t, appSays, deskSays)), want: "several"},
		{said: "", picture: pngOf(t, squares(t, deskSays)), want: "no_entry"},
		{said: "", picture: []byte("x"), want: "no_picture"},
	} {
		res := sent(t, b, at+"/codes/add", c.said, c.picture)
		if page := text(t, res); outcome(page) != c.want || (c.want == "") != (res.StatusCode == http.StatusOK) {
			t.Errorf("%q: %s, %q, not %q", c.said, res.Status, outcome(page), c.want)
		}
	}
	shown := codesOf(t, b, at)
	if len(shown) != 2 || shown[0].Issuer != "City" || shown[0].Account != "381X" || shown[1].Account != "Account" || shown[0].Left != 23 {
		t.Fatalf("%+v", shown)
	}
	if want, err := totp.GenerateCode(other, now); err != nil || shown[1].Code != want {
		t.Errorf("%q, not %q (%v)", shown[1].Code, want, err)
	}
	h.Switches.turnOn(t, "clock", "-120")
	if late, err := totp.GenerateCode(other, now.Add(-2*time.Minute)); err != nil || codesOf(t, b, at)[1].Code != late {
		t.Errorf("a slow clock shows %+v, not %s (%v)", codesOf(t, b, at)[1], late, err)
	}
	if page := got(t, b, at+"/codes"); !strings.Contains(page, shown[0].ID) || !strings.Contains(page, `<noscript><meta http-equiv="refresh"`) {
		t.Errorf("the page:\n%s", page)
	}
	if stranger := codesOf(t, visitor(t), at); len(stranger) != 0 {
		t.Errorf("another browser is shown %+v", stranger)
	}
	res, err := b.PostForm(at+"/codes/remove", url.Values{"entry": {shown[0].ID}})
	if err != nil || !strings.Contains(text(t, res), shown[1].ID) {
		t.Fatal(err)
	}
	if left := codesOf(t, b, at); len(left) != 1 || left[0].ID != shown[1].ID {
		t.Errorf("after removing one: %+v", left)
	}
}

func secretNumber(n int) string {
	return fmt.Sprintf("%s%04s", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK", strings.Map(func(r rune) rune { return r - '0' + 'A' }, fmt.Sprintf("%04d", n)))
}

func TestHandsetsAppHoldsSoMuchAndNoMore(t *testing.T) {
	_, at := newHandset(t)
	b := visitor(t)
	for n := range mostEntries {
		if res := sent(t, b, at+"/codes/add", secretNumber(n), nil); res.StatusCode != http.StatusOK {
			t.Fatalf("entry %d: %s", n, res.Status)
		}
	}
	if page := text(t, sent(t, b, at+"/codes/add", secretNumber(mostEntries), nil)); outcome(page) != "full" {
		t.Errorf("one more: %q", outcome(page))
	}
	if page := text(t, sent(t, b, at+"/codes/add", secretNumber(0), nil)); outcome(page) != "" || len(codesOf(t, b, at)) != mostEntries {
		t.Errorf("one again: %q", outcome(page))
	}

	var d drawers
	first, err := d.put("chosen by a visitor", entry{secret: "A"})
	if err != nil || first == "chosen by a visitor" {
		t.Errorf("somebody chose the cookie: %v", err)
	}
	away, _ := d.put("", entry{secret: "B"})
	for range 3 * mostDrawers {
		d.of(first)
		if _, err := d.put("", entry{secret: "C"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.all) != mostDrawers || len(d.of(first)) != 1 || len(d.of(away)) != 0 {
		t.Errorf("%d browsers; who came often has %d, who was away %d", len(d.all), len(d.of(first)), len(d.of(away)))
	}
}

func TestTourTellsHowAndWithWhom(t *testing.T) {
	c, _ := newCountry(t)
	for issuer, desk := range map[string]string{
		"http://localhost:8080": "http://desk.localhost:8080", "https://hub.localhost:8080": "https://desk.localhost:8080", "http://127.0.0.1:8080": "", "%": "",
	} {
		if p, _ := find(c.People, tourCitizen); p.Email == "" {
			t.Error("whoever is enrolled has no address, and the inbox of the tour stays empty")
		}
		guide, err := newTour(c, issuer)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		guide.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:9114/", nil))
		for _, want := range []string{c.Addresses.City, c.Addresses.EID, `id="one"`, `id="four"`} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: the tour does not name %s:\n%s", issuer, want, w.Body)
			}
		}
		for _, want := range []string{`href="` + desk + `"`, c.Addresses.Handset, issuer + "/c", "87022290019", "ZZP100001", "Bożena Okienkowa-Próbna", `id="three"`} {
			if strings.Contains(w.Body.String(), want) != (desk != "") {
				t.Errorf("%s, with the desk at %q: %s is named, or not named:\n%s", issuer, desk, want, w.Body)
			}
		}
	}
	if _, err := (&tour{country: &Country{City: c.City}}).sights(); err == nil {
		t.Error("a tour without people")
	}
}

// Whatever a code says, the phone opens nothing but its two pages at the hub.
func FuzzHandsetJudges(f *testing.F) {
	for _, said := range []string{deskSays, phoneSays, appSays, hubAt + "/e", "localhost:8080/c", "http://localhost:8080@evil.example/e", "http://localhost:8080\\@evil.example/e#1."} {
		f.Add(said)
	}
	h := &Handset{issuer: hubAt}
	f.Fuzz(func(t *testing.T, said string) {
		s := h.judge(said)
		outcomes := 0
		for _, one := range []string{s.Refused, s.Open, s.Clerk, s.App} {
			if one != "" {
				outcomes++
			}
		}
		page, fragment, _ := strings.Cut(s.Open, "#")
		opens := s.Open == "" || page == hubAt+phoneFirst && fragment == "" || page == hubAt+phoneCode && (fragment == "" || deskFragment.MatchString(fragment))
		clerk := s.Clerk == "" || strings.HasPrefix(s.Clerk, hubAt+phoneFirst+"#") && phoneFragment.MatchString(strings.TrimPrefix(s.Clerk, hubAt+phoneFirst+"#"))
		if outcomes != 1 || !opens || !clerk {
			t.Errorf("%q: %+v", said, s)
		}
	})
}
