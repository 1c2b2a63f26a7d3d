package hubtest

import (
	"encoding/json"
	"html"
	"regexp"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/connectors/pki/specimen"
)

// WithCard lets people use their e-ID cards through Web eID, as in the demo; change may alter the means'
// settings.
func WithCard(change ...func(settings map[string]any)) With {
	return func(s *setup) { s.card = append(s.card, change...); s.cards = true }
}

// card is the means, as the demo has it.
func (w *World) card(change []func(map[string]any)) table {
	at := w.Country.Addresses.EID
	settings := table{
		"names": table{"en": "e-ID card", "pl": "Dowód z warstwą elektroniczną", "hu": "Elektronikus személyi igazolvány", "fr": "Carte d’identité électronique", "ar": "بطاقة الهوية الإلكترونية"},
		"hints": table{
			"en": "you need the card, its PIN and a reader or phone", "pl": "potrzebujesz dowodu, kodu PIN i czytnika lub telefonu", "hu": "az igazolvány, a PIN-kódja és egy olvasó vagy telefon kell hozzá",
			"fr": "il vous faut la carte, son code PIN et un lecteur ou un téléphone", "ar": "تحتاج إلى البطاقة ورقمها السري وقارئ أو هاتف",
		},
		"icon": "card", "simulated": true, "allow_loopback": true, "reader": at, "ceiling": "high", "authoritative_for": []string{"PNOPL"},
		"issuers": []any{w.Issuers()},
	}
	for _, c := range change {
		c(settings)
	}
	return table{"id": sim.MeansCard, "kind": "webeid", "settings": settings}
}

// Issuers is the profile of the country's cards.
func (w *World) Issuers() map[string]any {
	at := w.Country.Addresses.EID
	return table{
		"id": "demo", "country": "PL", "level": "high", "certificates_file": w.Country.EID.Issuing, "roots_file": w.Country.EID.Root,
		"policies": []string{specimen.AuthPolicy},
		"subject": table{
			"number": `^PNOPL-(\d{11})$`, "scheme": "PNO", "birthdate": true, "document": specimen.DocumentOID, "document_type": "idcard",
		},
		"ocsp": table{"url": at + "/ocsp"}, "crl": table{"url": at + "/crl"},
	}
}

var challenge = regexp.MustCompile(`data-nonce="([^"]+)"`)

// Token has a person's card sign the challenge of the page at hand, after its PIN was typed.
func (b *Browser) Token(w *World, person string) string {
	b.t.Helper()
	found := challenge.FindStringSubmatch(b.Page.Body)
	if found == nil {
		b.t.Fatalf("no challenge at %s, which says:\n%s", b.Page.URL.Path, b.Page.Text())
	}
	token, err := w.Country.EID.Sign(person, sim.PIN1, w.Issuer, html.UnescapeString(found[1]))
	if err != nil {
		b.t.Fatalf("card of %s: %v", person, err)
	}
	raw, err := json.Marshal(token)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

// Present sends a token from the page at hand, as its script does.
func (b *Browser) Present(token string) *Page {
	b.t.Helper()
	action, fields := b.Form("webeid-start")
	fields.Set("answer", token)
	return b.Post(action, fields, b.Page.origin())
}

// Card is what somebody with a card and a reader does at the page that asks for one.
func (b *Browser) Card(w *World, person string) *Page {
	b.t.Helper()
	return b.Present(b.Token(w, person))
}

// Wait sets how long the browser waits for an answer; 20 s otherwise.
func (b *Browser) Wait(most time.Duration) { b.http.Timeout = most }
