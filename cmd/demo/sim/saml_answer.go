package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

const artifactLife = time.Minute

// answer says who logged in, with every fault that the switches ask for.
func (s *SAML) answer(p *SAMLProfile, w http.ResponseWriter, r *http.Request, request samlRequest, found session, key string) {
	person, _ := find(s.login.People, found.Person)
	a := idp.Answer{Acted: found.At, Class: found.ACR, Session: secret(), Name: p.nameOf(person), Attributes: p.told(person, s.Switches.Value("number"))}
	if p.artifact {
		a.Authority = "pz.invented.example"
	}
	s.remember(key, samlSession{p, a.Session, a.Name})
	s.send(p, w, r, request, a, s.Switches.Value)
}

// nameOf is what a profile calls a person: a lasting name in the plain one; the node's says nothing.
func (p *SAMLProfile) nameOf(person Person) idp.NameID {
	if p.artifact {
		return idp.NameID{Value: secret(), Format: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"}
	}
	sum := sha256.Sum256([]byte(p.EntityID + "\x00" + person.Key))
	return idp.NameID{
		Value: base64.RawURLEncoding.EncodeToString(sum[:18]), Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
		NameQualifier: p.EntityID, SPNameQualifier: p.Hub.EntityID,
	}
}

// told is what a profile says about a person. What it does not know is left out.
func (p *SAMLProfile) told(person Person, number string) []idp.Attribute {
	if number == "" {
		_, number, _ = strings.Cut(person.NumberAt("trusted-profile"), "-") // SAML nodes tell it bare
	}
	birth := claimDate(person.Birthdate)
	const natural = "http://eidas.europa.eu/attributes/naturalperson/"
	rows := [][3]string{
		{"urn:oid:2.5.4.42", "givenName", person.Given()}, {"urn:oid:2.5.4.4", "sn", person.FamilyName}, {"dateOfBirth", "", birth},
		{"personIdentifier", "", number}, {"urn:oid:0.9.2342.19200300.100.1.3", "mail", person.Email},
	}
	if p.artifact {
		rows = [][3]string{
			{natural + "CurrentGivenName", "FirstName", person.Given()}, {natural + "CurrentFamilyName", "FamilyName", person.FamilyName},
			{natural + "DateOfBirth", "DateOfBirth", birth + "Z"}, {natural + "PersonIdentifier", "PersonIdentifier", number},
		}
	}
	var all []idp.Attribute
	for _, row := range rows {
		if row[2] != "" {
			all = append(all, idp.Attribute{Name: row[0], Friendly: row[1], Values: []string{row[2]}})
		}
	}
	return all
}

// send completes an answer, spoils it as the switches say, and sends the browser back with it.
func (s *SAML) send(p *SAMLProfile, w http.ResponseWriter, r *http.Request, request samlRequest, a idp.Answer, turned func(string) string) {
	signer, err := p.signing(turned("signature"), turned("key"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	a.Signer, a.SignResponse, a.SignAssertion, a.Now = signer, true, true, s.Now()
	a.Issuer, a.Destination, a.Recipient, a.Audience, a.InResponseTo = p.EntityID, p.Hub.ACS, p.Hub.ACS, p.Hub.EntityID, request.ID
	if p.Hub.Encrypts != nil && turned("plain") == "" {
		a.Encrypt = &xmlsec.Encrypter{To: p.Hub.Encrypts, Cipher: xmlsec.AES256GCM, Sender: p.EntityID, Recipient: p.Hub.EntityID}
	}
	spoil(&a, turned)
	text, err := s.written(p, a, turned)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if p.artifact {
		artifact := idp.Artifact(p.EntityID, 0)
		p.artifacts.put(artifact, text, s.Now(), artifactLife)
		http.Redirect(w, r, p.Hub.ACS+"?"+url.Values{"SAMLart": {artifact}, "RelayState": {request.Relay}}.Encode(), http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Security-Policy", postingPolicy())
	s.login.pages.show(w, http.StatusOK, "post", "Going back", map[string]string{
		"Action": p.Hub.ACS, "Response": base64.StdEncoding.EncodeToString(s.mangled(text)), "Relay": request.Relay,
	})
}

func (p *SAMLProfile) signing(how, key string) (xmlsec.Signer, error) {
	switch {
	case how == "other-key":
		return p.foreign.signer(p.algorithm)
	case key == "next":
		return p.next.signer(p.algorithm)
	default:
		return p.key.signer(p.algorithm)
	}
}

// written gives the octets of the answer; those of the last one, if that is to be repeated.
func (s *SAML) written(p *SAMLProfile, a idp.Answer, turned func(string) string) ([]byte, error) {
	if last, there := p.last.get("response", s.Now()); there && turned("replay") != "" {
		return last, nil
	}
	if wrapped := turned("wrapped"); wrapped != "" {
		a.Sent = s.wrapping(p, a, wrapped)
	}
	n, err := a.Write()
	if err != nil {
		return nil, err
	}
	text := n.Bytes()
	if a.Encrypt == nil && a.Plain != nil {
		text = a.Plain(text)
	}
	p.last.put("response", text, s.Now(), sessionLife)
	return text, nil
}

// spoil changes an answer as the switches say. The table is the whole list.
func spoil(a *idp.Answer, turned func(string) string) {
	const elsewhere = "https://somebody-else.example"
	change := map[string]func(){
		"level low": func() { a.Class = acrLow }, "level high": func() { a.Class = acrHigh }, "level none": func() { a.Class = "" },
		"level unknown":     func() { a.Class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport" },
		"unsigned all":      func() { a.SignResponse, a.SignAssertion = false, false },
		"unsigned response": func() { a.SignResponse = false }, "unsigned assertion": func() { a.SignAssertion = false },
		"time old": func() { a.Now, a.Life = a.Now.Add(-time.Hour), 2*time.Hour }, "time over": func() { a.Life = -2 * time.Minute },
		"time future":    func() { a.Now = a.Now.Add(10 * time.Minute) },
		"time no-end":    func() { a.Assertion = func(n *xmlsec.Node) { n.Remove(n.Only(idp.NSAssertion, "Conditions")) } },
		"audience other": func() { a.Audience = elsewhere }, "audience none": func() { a.Audience = "" },
		"recipient other": func() { a.Recipient = elsewhere }, "request other": func() { a.InResponseTo = idp.ID() }, "request none": func() { a.InResponseTo = "" },
		"issuer other": func() { a.Issuer = elsewhere },
		"comment on":   func() { a.Plain = commented },
		"signature broken": func() {
			a.Signed = func(n *xmlsec.Node) {
				n.Only(idp.NSAssertion, "Subject").Only(idp.NSAssertion, "NameID").Add("x")
			}
		},
	}
	for _, name := range []string{"level", "unsigned", "time", "audience", "recipient", "request", "issuer", "comment", "signature"} {
		if do, known := change[name+" "+turned(name)]; known {
			do()
		}
	}
}

// commented puts a comment into the first value of every attribute: a reader that takes only the
// text before it reads another name than was signed.
func commented(text []byte) []byte {
	const at = "AttributeValue>"
	parts := strings.Split(string(text), "<saml:"+at)
	for i := 1; i < len(parts); i++ {
		if cut := strings.IndexByte(parts[i], '<'); cut > 1 {
			parts[i] = parts[i][:1] + "<!-- -->" + parts[i][1:]
		}
	}
	return []byte(strings.Join(parts, "<saml:"+at))
}

// mangled is what goes over the wire, with a document type or far too much of it.
func (s *SAML) mangled(text []byte) []byte {
	if s.Switches.Value("doctype") != "" {
		text = append([]byte(`<!DOCTYPE x [<!ENTITY who "somebody else">]>`), text...)
	}
	if s.Switches.Value("big") != "" {
		text = append(text, bytes.Repeat([]byte(" "), 300<<10)...)
	}
	return text
}

// wrapping puts an assertion about somebody else where a careless reader finds it first.
func (s *SAML) wrapping(p *SAMLProfile, a idp.Answer, how string) func(*xmlsec.Node) {
	victim := s.login.People[0]
	return func(response *xmlsec.Node) {
		forged := a
		forged.SignAssertion, forged.Sent, forged.Encrypt = false, nil, nil
		forged.Name, forged.Attributes = p.nameOf(victim), p.told(victim, "")
		evil, err := forged.Sealed()
		if err != nil {
			return // it goes out unwrapped, and is refused as little as it should be: tests see it
		}
		children := response.Children()
		signed := children[len(children)-1]
		switch how {
		case "around":
			response.Remove(signed)
			response.Add(evil.Add(signed))
		case "extensions":
			response.Remove(signed)
			response.Add(idp.Protocol("Extensions", signed), evil)
		case "object":
			response.Remove(signed)
			response.Add(evil.Add(xmlsec.New("ds", xmlsec.NSSignature, "Object", signed)))
		default:
			response.Insert(len(children)-1, evil)
		}
	}
}

// readCall takes the message of a call out of its envelope.
func readCall(r *http.Request) (*xmlsec.Node, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(xmlsec.Message().Bytes)))
	if err != nil {
		return nil, err
	}
	return idp.Open(body)
}
