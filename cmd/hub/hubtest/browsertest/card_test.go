package browsertest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// The virtual card in a real browser: our script asks, no extension answers, the demo's reader opens, card
// and PIN are chosen by keyboard, and the city has strong proof.
func TestVirtualCardLogsInAtHigh(t *testing.T) {
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithCard())
			p := sit(t, w, true, "en")
			p.Open(w.Country.Addresses.City)
			p.Click("log-in-strong")
			p.choose("card")
			p.asks("webeid.title")
			p.Press("webeid-start")
			p.Wait("virtual-reader")
			p.inReader("card-ordinary")
			p.Type(" ")
			p.inReader("pin")
			p.Type(sim.PIN1)
			p.inReader("sign")
			p.Type(" ")
			p.Wait("approve")
			p.Click("approve")
			p.Wait("logged-in")
		})
	}
}

// inReader presses Tab until the reader's frame says that the keyboard is at the element with the id. A Tab
// that came before the frame had the focus is lost, and pressed again.
func (p *person) inReader(id string) {
	p.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		at := `document.getElementById("virtual-reader").dataset.at`
		if hubtest.Look[bool](p.Chromium, `document.activeElement.id === "virtual-reader" && `+at+` === "`+id+`"`) {
			return
		}
		before := hubtest.Look[string](p.Chromium, `(document.getElementById("virtual-reader").focus(), `+at+` || "")`)
		p.TabOnce()
		for range 50 { // it says so a moment later, or never
			if at := hubtest.Look[string](p.Chromium, at+` || ""`); at != before && at != "" {
				break
			}
		}
	}
	p.t.Fatalf("the keyboard does not come to #%s of the reader", id)
}

// Whatever the extension says is told in plain words, and the button is there again.
func TestTheExtensionsErrorsAreToldInPlainWords(t *testing.T) {
	w := hubtest.New(t, hubtest.WithCard(func(settings map[string]any) { delete(settings, "reader") }))
	for _, lang := range []string{"en", "pl", "ar"} {
		p := sit(t, w, true, lang)
		p.begin(w.Country.Addresses.City)
		p.choose("card")
		for code, name := range map[string]string{
			"ERR_WEBEID_USER_CANCELLED": "cancelled", "ERR_WEBEID_USER_TIMEOUT": "timeout", "ERR_WEBEID_ACTION_TIMEOUT": "timeout",
			"ERR_WEBEID_NATIVE_UNAVAILABLE": "native", "ERR_WEBEID_VERSION_MISMATCH": "version", "ERR_WEBEID_ACTION_PENDING": "pending",
			"ERR_WEBEID_NATIVE_FATAL": "broken", "ERR_WEBEID_UNKNOWN_ERROR": "broken", "ERR_WEBEID_CONTEXT_INSECURE": "insecure",
		} {
			p.answers(`[{action: "web-eid:authenticate-ack"}, {action: "web-eid:authenticate-failure", error: {code: "` + code + `"}}]`)
			p.Press("webeid-start")
			p.Until(name, `!document.querySelector("[data-message=`+name+`]").hidden`)
			p.says("webeid.failed." + name)
		}
		p.answers(`[]`) // nobody is there
		p.Press("webeid-start")
		p.Until("extension", `!document.querySelector("[data-message=extension]").hidden`)
		p.says("webeid.failed.extension")
		if shown := hubtest.Look[int](p.Chromium, `[...document.querySelectorAll("[data-message]")].filter(e => !e.hidden).length`); shown != 1 {
			t.Errorf("%d messages at once", shown)
		}
	}
}

// answers has a script of the test's stand in for the extension's.
func (p *person) answers(messages string) {
	p.t.Helper()
	hubtest.Look[bool](p.Chromium, `(() => {
		if (window.answering) window.removeEventListener("message", window.answering);
		window.answering = (e) => { if (e.data.action === "web-eid:authenticate") { window.asked = e.data; for (const m of `+messages+`) window.postMessage(m, location.origin); } };
		window.addEventListener("message", window.answering);
		return true;
	})()`)
}

// The extension gets what its protocol has, and its answer logs in; what other windows say does not.
func TestTheExtensionsAnswerLogsIn(t *testing.T) {
	w := hubtest.New(t, hubtest.WithCard(func(settings map[string]any) { delete(settings, "reader") }))
	p := sit(t, w, true, "pl")
	p.begin(w.Country.Addresses.City)
	p.choose("card")
	nonce := p.Attribute("#webeid", "data-nonce")
	token, err := w.Country.EID.Sign("ordinary", sim.PIN1, w.Issuer, nonce)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	hubtest.Look[bool](p.Chromium, `(() => { // a frame that talks unasked
		const f = document.createElement("iframe"); document.body.append(f);
		window.foreign = () => f.contentWindow.parent.dispatchEvent(new MessageEvent("message", {data: {action: "web-eid:authenticate-failure", error: {code: "ERR_WEBEID_USER_CANCELLED"}}, origin: "https://h.example.evil", source: f.contentWindow}));
		return true;
	})()`)
	p.answers(`[{action: "web-eid:authenticate-ack"}]`)
	p.Press("webeid-start")
	p.Until("the question", `window.asked !== undefined`)
	hubtest.Look[bool](p.Chromium, `(window.foreign(), true)`)
	asked := hubtest.Look[string](p.Chromium, `[window.asked.challengeNonce, window.asked.options.lang, typeof window.asked.libraryVersion].join(" ")`)
	if asked != nonce+" pl string" {
		t.Errorf("the extension was asked %q", asked)
	}
	if hubtest.Look[bool](p.Chromium, `document.querySelector("[data-message=waiting]").hidden`) {
		t.Error("what another window said was taken for the extension's word")
	}
	hubtest.Look[bool](p.Chromium, `(window.postMessage({action: "web-eid:authenticate-success", ...`+string(raw)+`}, location.origin), true)`)
	p.Wait("approve")
	if strings.Contains(p.URL(), "error") {
		t.Error(p.URL())
	}
}

// The app on a phone opens this page again with its answer behind the hash.
func TestTheAppsAnswerLogsIn(t *testing.T) {
	w := hubtest.New(t, hubtest.WithCard(func(settings map[string]any) {
		delete(settings, "reader")
		settings["app_link"] = "https://eid.gov.example/auth"
	}))
	p := sit(t, w, true, "en")
	p.Size(390, 844)
	p.begin(w.Country.Addresses.City)
	p.choose("card")
	p.Wait("webeid-app")
	link := p.Attribute("#webeid-app", "href")
	sent := hubtest.Look[string](p.Chromium, `(() => { const v = JSON.parse(atob(`+quote(strings.TrimPrefix(link, "https://eid.gov.example/auth#"))+`.replaceAll("-", "+").replaceAll("_", "/"))); return v.challenge + " " + v.loginUri })()`)
	nonce := p.Attribute("#webeid", "data-nonce")
	if sent != nonce+" "+p.URL() {
		t.Fatalf("the app is sent %q", sent)
	}
	p.come(`{error: true, code: "ERR_WEBEID_MOBILE_USER_CANCELLED", message: "x"}`)
	p.Until("cancelled", `!document.querySelector("[data-message=cancelled]").hidden`)
	p.come(`"junk"`)
	p.Until("broken", `!document.querySelector("[data-message=broken]").hidden`)
	token, err := w.Country.EID.Sign("ordinary", sim.PIN1, w.Issuer, nonce)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	p.come(`{authToken: ` + string(raw) + `}`)
	p.Wait("approve")
}

// come does as the app does: it opens the page at hand with something behind the hash.
func (p *person) come(value string) {
	p.t.Helper()
	hubtest.Look[bool](p.Chromium, `(location.hash = "#" + btoa(JSON.stringify(`+value+`)).replaceAll("+", "-").replaceAll("/", "_"), true)`)
}

func quote(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}

// A real browser with a card's certificate in its store, chosen by the administrator's policy: substantial, high
// where the operator says so, and without a card a page that helps.
func TestChromiumShowsACertificate(t *testing.T) {
	const high = "http://eidas.europa.eu/LoA/high"
	toHigh := func(settings map[string]any) { settings["ceiling"] = "high" }
	for _, c := range []struct {
		dialect store.Dialect
		change  []func(map[string]any)
		ask     []string
		want    string
	}{
		{store.SQLite, nil, nil, "http://eidas.europa.eu/LoA/substantial"},
		{store.PostgreSQL, []func(map[string]any){toHigh}, []string{"acr_values", high}, high},
	} {
		t.Run(string(c.dialect)+" "+c.want[strings.LastIndex(c.want, "/")+1:], func(t *testing.T) {
			rp := &hubtest.RP{ID: "clinic", Method: "client_secret_basic"}
			w := hubtest.New(t, hubtest.WithDialect(c.dialect), hubtest.WithCertificates(c.change...), hubtest.WithRPs(rp))
			b := hubtest.NewChromiumWithCard(t, w, "ordinary")
			b.Open(rp.Address(rp.Request(c.ask...)))
			b.Click("means-" + hubtest.MeansTLS)
			b.Wait("approve")
			b.Click("approve")
			code := hubtest.Look[string](b, `new URLSearchParams(document.body.innerText.replace(/^GET /, "")).get("code")`)
			_, claims := hubtest.ReadJWT(t, rp.Exchange(code).Text("id_token"))
			if claims["acr"] != c.want {
				t.Errorf("acr %v, want %s", claims["acr"], c.want)
			}
		})
	}
	t.Run("no card", func(t *testing.T) {
		w := hubtest.New(t, hubtest.WithCertificates())
		b := hubtest.NewChromiumWithCard(t, w, "")
		b.Open(w.Country.Addresses.City)
		b.Click("log-in")
		b.Click("means-" + hubtest.MeansTLS)
		b.Click("failure-help")
		if !strings.HasSuffix(b.URL(), "/help/card#card_missing") || !b.Has("card_missing") {
			t.Errorf("at %s", b.URL())
		}
	})
}
