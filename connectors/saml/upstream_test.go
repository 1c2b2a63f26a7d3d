package saml

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

const (
	us       = "https://hub.example/means/node/metadata"
	callback = "https://hub.example/callback/node"
	logout   = "https://hub.example/means/node/logout"
	them     = "https://node.example"

	eidas  = "http://eidas.europa.eu/attributes/naturalperson/"
	loa    = "http://eidas.europa.eu/LoA/"
	person = "87022290019"
)

// pair is a key with a self-signed certificate, as files too.
type pair struct {
	key               crypto.Signer
	der               []byte
	keyFile, certFile string
}

// rsaKeys are made once: making one takes longer than the test that needs it.
var rsaKeys = sync.OnceValues(func() (keys [5]*rsa.PrivateKey, err error) { //nolint:gochecknoglobals // tests
	for i := range keys {
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return keys, err
		}
	}
	return keys, nil
})

// newPair makes a pair; of RSA keys there are five, by their number.
func newPair(t testing.TB, ec bool, number int) pair {
	t.Helper()
	var key crypto.Signer
	made, err := rsaKeys()
	key = made[number]
	if ec {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "a test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(2, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := pair{key, der, filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")}
	for path, block := range map[string]*pem.Block{p.keyFile: {Type: "PRIVATE KEY", Bytes: raw}, p.certFile: {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p pair) settings() map[string]any {
	return map[string]any{"key_file": p.keyFile, "cert_file": p.certFile}
}

// upstream is an identity provider that the test controls, with a connector to it.
type upstream struct {
	t               testing.TB
	national        bool // the profile of the Polish node: artifact, EC, encrypted
	sign, meta      pair
	ours, ourEnc    pair
	server          *httptest.Server
	connector       *Connector
	settings        map[string]any
	logs            connectortest.Logs
	shift           time.Duration
	change          func(*idp.Answer)
	resolved        func(*xmlsec.Node) *xmlsec.Node // changes the ArtifactResponse
	metadata        func(*idp.Metadata)
	seen            *xmlsec.Node // the last request
	called          *xmlsec.Node // the last call by SOAP
	mu              sync.Mutex
	artifacts       map[string]*xmlsec.Node
	metadataAnswers int
}

func (u *upstream) now() time.Time { return time.Now().Add(u.shift) }

func (u *upstream) signer() xmlsec.Signer {
	return xmlsec.Signer{Key: u.sign.key, Algorithm: u.algorithm(), Certificate: u.sign.der}
}

func (u *upstream) algorithm() string {
	if u.national {
		return xmlsec.ECDSASHA256
	}
	return xmlsec.RSASHA256
}

// newUpstream starts one; settings may be changed before the connector is made.
func newUpstream(t testing.TB, national bool, changes ...func(map[string]any)) *upstream {
	t.Helper()
	u := &upstream{
		t: t, national: national, sign: newPair(t, national, 0), meta: newPair(t, false, 1), ours: newPair(t, national, 2), ourEnc: newPair(t, national, 3),
		artifacts: map[string]*xmlsec.Node{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metadata", u.serveMetadata)
	mux.HandleFunc("POST /soap", u.serveSOAP)
	u.server = httptest.NewServer(mux)
	t.Cleanup(u.server.Close)
	pin := sha256.Sum256(u.meta.der)
	u.settings = map[string]any{
		"names": map[string]any{"en": "Node"}, "entity_id": us, "idp_entity_id": them, "allow_loopback": true,
		"key_rollover": map[string]any{"active": u.ours.settings()}, "enc_keys": []any{u.ourEnc.settings()}, "sign_alg": u.algorithm(),
		"metadata":             map[string]any{"url": u.server.URL + "/metadata", "signing_cert_pin": hex.EncodeToString(pin[:])},
		"want_response_signed": true, "want_assertion_signed": true, "ceiling": "substantial",
		"loa_map":       map[string]any{loa + "low": "low", loa + "substantial": "substantial", loa + "high": "high"},
		"authn_context": map[string]any{"refs": map[string]any{"low": []string{loa + "low"}, "substantial": []string{loa + "substantial"}, "high": []string{loa + "high"}}},
		"attribute_map": map[string]any{
			eidas + "CurrentGivenName": "given_name", eidas + "CurrentFamilyName": "family_name", eidas + "DateOfBirth": "birthdate", eidas + "Gender": "gender",
		},
		"identifier_claim": eidas + "PersonIdentifier", "identifier_scheme": "PNO", "identifier_country": "PL", "authoritative_for": []string{"PNOPL"},
		"slo": map[string]any{"binding": "soap"},
	}
	if national {
		for key, value := range map[string]any{
			"sso_binding": "post", "response_binding": "artifact", "want_encrypted": true, "force_authn": "always", "sp_type": "public",
			"name_id": map[string]any{"format": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "allow_create": true},
			"requested_attributes": map[string]any{"mode": "eidas_ext", "attributes": []any{
				map[string]any{"name": eidas + "PersonIdentifier", "friendly_name": "PersonIdentifier"}}},
		} {
			u.settings[key] = value
		}
	}
	for _, change := range changes {
		change(u.settings)
	}
	u.connector = u.connect()
	return u
}

func (u *upstream) connect() *Connector {
	u.t.Helper()
	s, err := Decode("node", u.settings)
	if err != nil {
		u.t.Fatal(err)
	}
	c, err := New(s, Deps{HTTP: u.server.Client(), Callback: callback, Logout: logout, Now: u.now, Log: u.logs.Logger()})
	if err != nil {
		u.t.Fatal(err)
	}
	return c
}

func (u *upstream) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	signer := xmlsec.Signer{Key: u.meta.key, Algorithm: xmlsec.RSASHA256, Certificate: u.meta.der}
	m := idp.Metadata{
		EntityID: them, Certificates: [][]byte{u.sign.der}, Artifacts: []string{u.server.URL + "/soap"}, Signer: &signer,
		SSO: map[string]string{idp.BindingRedirect: u.server.URL + "/sso", idp.BindingPost: u.server.URL + "/sso"},
		SLO: map[string]string{idp.BindingSOAP: u.server.URL + "/soap", idp.BindingRedirect: u.server.URL + "/slo"},
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.metadataAnswers++
	if u.metadata != nil {
		u.metadata(&m)
	}
	n, err := m.Write()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(n.Bytes())
}

// serveSOAP resolves artifacts, each once, and answers logouts.
func (u *upstream) serveSOAP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	call, err := idp.Open(body)
	if err == nil {
		_, err = xmlsec.Verifier{Keys: []crypto.PublicKey{u.ours.key.Public()}, Algorithms: xmlsec.Algorithms()}.Verify(call)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	u.mu.Lock()
	u.called = call
	artifact := call.Only(idp.NSProtocol, "Artifact").Text()
	response := u.artifacts[artifact]
	delete(u.artifacts, artifact)
	u.mu.Unlock()
	local := map[string]string{"ArtifactResolve": "ArtifactResponse", "LogoutRequest": "LogoutResponse"}[call.Local]
	reply, err := idp.Reply(local, them, call.Attr("ID"), u.now(), u.signer(), response)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if u.resolved != nil {
		reply = u.resolved(reply)
	}
	_, _ = w.Write(idp.Envelope(reply))
}

func (u *upstream) attempt(handle string) connectors.Attempt {
	return connectors.Attempt{Handle: handle, Return: callback, Wanted: identity.Substantial, Now: u.now()}
}

// request reads the request that a step takes to the upstream, and its RelayState.
func (u *upstream) request(step connectors.Step) (*xmlsec.Node, string) {
	u.t.Helper()
	var raw []byte
	var values url.Values
	var err error
	switch step := step.(type) {
	case connectors.Redirect:
		address, parseErr := url.Parse(step.URL)
		if parseErr != nil {
			u.t.Fatal(parseErr)
		}
		values = address.Query()
		packed, decodeErr := base64.StdEncoding.DecodeString(values.Get("SAMLRequest"))
		if decodeErr != nil {
			u.t.Fatal(decodeErr)
		}
		raw, err = io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	case connectors.PostForm:
		values = step.Fields
		raw, err = base64.StdEncoding.DecodeString(values.Get("SAMLRequest"))
	default:
		u.t.Fatalf("a step of kind %T", step)
	}
	if err != nil {
		u.t.Fatal(err)
	}
	n, err := xmlsec.Parse(raw, xmlsec.Message())
	if err != nil {
		u.t.Fatal(err)
	}
	u.seen = n
	return n, values.Get("RelayState")
}

// answer is what the upstream says to a request, before it is written.
func (u *upstream) answer(request *xmlsec.Node) idp.Answer {
	a := idp.Answer{
		Issuer: them, Destination: callback, Recipient: callback, Audience: us, InResponseTo: request.Attr("ID"), Now: u.now(), Acted: u.now(),
		Name: idp.NameID{Value: "person-1", Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", NameQualifier: them}, Session: "session-1",
		Class: loa + "substantial", Signer: u.signer(), SignResponse: true, SignAssertion: true,
		Attributes: []idp.Attribute{
			{Name: eidas + "CurrentGivenName", Values: []string{"Zażółta"}}, {Name: eidas + "CurrentFamilyName", Values: []string{"Gęślą-Testowa"}},
			{Name: eidas + "DateOfBirth", Values: []string{"1987-02-22Z"}}, {Name: eidas + "PersonIdentifier", Values: []string{person}},
		},
	}
	if u.national {
		a.Encrypt = &xmlsec.Encrypter{To: u.ourEnc.key.Public(), Cipher: xmlsec.AES256GCM, Sender: them, Recipient: us}
	}
	if u.change != nil {
		u.change(&a)
	}
	return a
}

// tells changes what the upstream says of the citizen.
func (u *upstream) tells(told connectortest.Told) {
	u.change = func(a *idp.Answer) {
		a.Attributes[0].Values, a.Attributes[1].Values, a.Attributes[2].Values = []string{told.Given}, []string{told.Family}, []string{told.Birthdate}
		if told.Birthdate == "" {
			a.Attributes = slices.Delete(a.Attributes, 2, 3)
		}
	}
}

// walk plays browser, citizen and upstream.
func (u *upstream) walk(step connectors.Step) connectors.Input {
	u.t.Helper()
	request, relay := u.request(step)
	response, err := u.answer(request).Write()
	if err != nil {
		u.t.Fatal(err)
	}
	return u.carry(response, relay)
}

// carry brings a response back by the binding of the profile.
func (u *upstream) carry(response *xmlsec.Node, relay string) connectors.Input {
	if u.national {
		artifact := idp.Artifact(them, 0)
		u.mu.Lock()
		u.artifacts[artifact] = response
		u.mu.Unlock()
		return connectors.Input{Query: url.Values{"SAMLart": {artifact}, "RelayState": {relay}}}
	}
	return post(response.Bytes(), relay)
}

func post(document []byte, relay string) connectors.Input {
	return connectors.Input{Form: url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(document)}, "RelayState": {relay}}}
}

// login walks a whole leg and gives its last step.
func (u *upstream) login() connectors.Step {
	u.t.Helper()
	a := u.attempt("handle-1")
	step, state, err := u.connector.Begin(u.t.Context(), a)
	if err != nil {
		u.t.Fatal(err)
	}
	if _, failed := step.(connectors.Failed); failed {
		return step
	}
	return u.finish(a, state, u.walk(step))
}

func (u *upstream) finish(a connectors.Attempt, state connectors.State, in connectors.Input) connectors.Step {
	u.t.Helper()
	a.Now = u.now()
	step, _, err := u.connector.Continue(u.t.Context(), a, state, in)
	if err != nil {
		u.t.Fatal(err)
	}
	return step
}

// why is the reason that was logged last for not taking something.
func (u *upstream) why() string {
	at := strings.LastIndex(u.logs.String(), `"reason":"`)
	if at < 0 {
		return ""
	}
	reason, _, _ := strings.Cut(u.logs.String()[at+len(`"reason":"`):], `"`)
	return reason
}

// both runs a story in the plain profile and in that of the Polish node.
func both(t *testing.T, story func(*testing.T, *upstream), changes ...func(map[string]any)) {
	t.Helper()
	for name, national := range map[string]bool{"plain": false, "node": true} {
		t.Run(name, func(t *testing.T) { story(t, newUpstream(t, national, changes...)) })
	}
}
