package sim

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"text/template"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/exampleparty/party"
	"symbolon/connectors/saml/xmlsec"
)

// Options say where a country is and which hub it knows.
type Options struct {
	Issuer   string                    // the hub's
	Callback func(means string) string // where the hub takes a provider's answer
	Dir      string                    // keys and secrets are found or made here
	Base     int                       // 9100: the programs are at 9101 and so on; 0: any free ports
	TLS      *tls.Config               // nil: plain http
	HTTP     *http.Client              // how the services reach the hub; nil: as they like
	Log      *slog.Logger              // what goes wrong at the services; nil: nowhere
}

// ClientID is the hub's name at both providers.
const ClientID = "symbolon"

// The means of the country, as the hub's connectors name them.
const (
	MeansProfile = "trusted-profile"
	MeansBank    = "bank"
	MeansCard    = "card"
	MeansCardTLS = "card-tls"      // with --tls only
	MeansNode    = "national-node" // the trusted profile by SAML, as a national node speaks it
	MeansPlain   = "saml-profile"  // the same, plainly
)

// Country is the whole of it, running on loopback.
type Country struct {
	Profile, Banks *Provider
	SAML           *SAML
	Registers      *Registers
	Inbox          *Inbox
	EID            *EID
	Students       *Partner
	Families       *Partner
	System         *CardSystem
	Handset        *Handset
	City, Library  *Service
	School         *Service
	People         []Person
	Staff          []Member

	Addresses Addresses
	HubSAML   map[string]Pair // what the hub signs and decrypts with there, by means and use: "national-node sign"
	HubKey    string          // path of the private key (PEM) with which the hub proves itself at both providers
	// Paths of the files with the tokens that registers and inbox want to see.
	RegisterToken, InboxToken, StudentToken, FamilyToken string
	SystemKeys                                           string // path of the public keys of the system of the ID-card register
	CityClient, LibraryClient, SchoolClient              Registered

	servers []*http.Server
}

// Addresses are where everything is.
type Addresses struct {
	Profile   string `json:"trusted_profile"`
	Banks     string `json:"banks"`
	SAML      string `json:"saml_profile"`
	Registers string `json:"registers"`
	Inbox     string `json:"inbox"`
	EID       string `json:"eid"`
	Students  string `json:"student_cards"`
	Families  string `json:"family_cards"`
	System    string `json:"id_card_system"`
	Handset   string `json:"handset"`
	Tour      string `json:"tour"`
	City      string `json:"city"`
	Library   string `json:"library"`
	School    string `json:"school"`
}

// Registered is one of the services as the hub's operator registers it.
type Registered struct {
	ID          string `json:"client_id"`
	AuthMethod  string `json:"token_endpoint_auth_method"`
	Secret      string `json:"client_secret,omitempty"`
	KeyFile     string `json:"key_file,omitempty"` // private JWK
	RedirectURI string `json:"redirect_uri"`
	AfterLogout string `json:"post_logout_redirect_uri"`
	LoginURI    string `json:"initiate_login_uri"`

	key *jose.JSONWebKey
}

// JWKS is the client's public key set as JSON, "" for one with a secret.
func (r Registered) JWKS() (string, error) {
	if r.key == nil {
		return "", nil
	}
	raw, err := json.Marshal(public(r.key))
	return string(raw), err
}

// SecretDigest is what a registration keeps of the client's secret.
func (r Registered) SecretDigest() string {
	sum := sha256.Sum256([]byte(r.Secret))
	return hex.EncodeToString(sum[:])
}

// programs lists the country's listeners: offset from the base port, and what stands there.
type program struct {
	name    string
	offset  int
	address *string
	make    func() (served, error)
}

// served is anything in this package that stands on a listener.
type served interface{ Handler() http.Handler }

// Start opens every program of the country. If one cannot start, none is left running.
func Start(o Options) (*Country, error) {
	people, err := People()
	if err != nil {
		return nil, err
	}
	staff, err := Staff()
	if err != nil {
		return nil, err
	}
	c := &Country{People: people, Staff: staff}
	if err := c.start(o); err != nil {
		return nil, errors.Join(err, c.Close(context.Background()))
	}
	return c, nil
}

func (c *Country) start(o Options) error {
	ring := keyring{o.Dir}
	hubKey, path, err := ring.pem("hub-at-providers.pem")
	if err != nil {
		return err
	}
	c.HubKey = path
	at := &c.Addresses
	for _, p := range []program{
		{"trusted profile", 1, &at.Profile, func() (served, error) {
			c.Profile, err = TrustedProfile(at.Profile, everybody(c.People, c.Staff), hubClient(o, hubKey, MeansProfile))
			return c.Profile, err
		}},
		{"bank provider", 2, &at.Banks, func() (served, error) {
			c.Banks, err = Banks(at.Banks, c.People, hubClient(o, hubKey, MeansBank))
			return c.Banks, err
		}},
		{"registers", 3, &at.Registers, func() (served, error) { return c.registers(ring) }},
		{"trusted profile by SAML", 5, &at.SAML, func() (served, error) { return c.saml(o, ring) }},
		{"inbox", 4, &at.Inbox, func() (served, error) { return c.inbox(ring) }},
		{"student cards", 8, &at.Students, func() (served, error) {
			c.Students, err = c.partner(ring, "student-card-token", &c.StudentToken, StudentCards)
			return c.Students, err
		}},
		{"large-family cards", 7, &at.Families, func() (served, error) {
			c.Families, err = c.partner(ring, "family-card-token", &c.FamilyToken, FamilyCards)
			return c.Families, err
		}},
		{"e-ID authority", 6, &at.EID, func() (served, error) {
			c.EID, err = StartEID(at.EID, o.Issuer, o.Dir, c.People)
			return c.EID, err
		}},
		{"system of the ID-card register", 9, &at.System, func() (served, error) { return c.cardSystem(o, ring) }},
		{"phone", 13, &at.Handset, func() (served, error) {
			c.Handset, err = NewHandset(o.Issuer)
			return c.Handset, err
		}},
		{"tour", 14, &at.Tour, func() (served, error) { return newTour(c, o.Issuer) }},
		{"city services", 11, &at.City, func() (served, error) { return c.city(o, ring) }},
		{"library", 12, &at.Library, func() (served, error) {
			c.Library, c.LibraryClient, err = simple(o, ring, "pod-lipa-library", at.Library, Library)
			return c.Library, err
		}},
		{"schools", 10, &at.School, func() (served, error) {
			c.School, c.SchoolClient, err = simple(o, ring, "nowa-wola-schools", at.School, School)
			return c.School, err
		}},
	} {
		if err := c.open(o, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// hubClient is the hub as a provider's client: one redirect URI per means (RFC 9700 §4.4.2.1).
func hubClient(o Options, key *jose.JSONWebKey, means string) Client {
	return Client{
		ID: ClientID, Keys: public(key), RedirectURIs: []string{o.Callback(means)}, PostLogoutURIs: []string{o.Issuer + "/means/" + means + "/logout"},
	}
}

// saml makes the SAML provider. The hub's keys are found or made here; at an RSA key that takes a while,
// so the plain profile's hub signs by a curve, as a service provider may.
func (c *Country) saml(o Options, ring keyring) (served, error) {
	c.HubSAML = map[string]Pair{}
	client := func(means string, encrypts bool) (SAMLClient, error) {
		hub := SAMLClient{EntityID: o.Issuer + "/means/" + means + "/metadata", ACS: o.Callback(means), Logout: o.Issuer + "/means/" + means + "/logout"}
		pair, sign, err := ring.pair("hub-"+means+"-sign", xmlsec.ECDSASHA256)
		if err != nil {
			return hub, err
		}
		c.HubSAML[means+" sign"], hub.Signs = pair, []crypto.PublicKey{sign.key.Public()}
		if !encrypts {
			return hub, nil
		}
		pair, enc, err := ring.pair("hub-"+means+"-enc", xmlsec.ECDSASHA256)
		if err != nil {
			return hub, err
		}
		c.HubSAML[means+" enc"], hub.Encrypts = pair, enc.key.Public()
		return hub, nil
	}
	node, err := client(MeansNode, true)
	if err != nil {
		return nil, err
	}
	plain, err := client(MeansPlain, false)
	if err != nil {
		return nil, err
	}
	c.SAML, err = NewSAML(c.Addresses.SAML, c.People, node, plain, o.HTTP)
	return c.SAML, err
}

func (c *Country) registers(ring keyring) (served, error) {
	token, path, err := ring.secret("register-token")
	if err != nil {
		return nil, err
	}
	c.RegisterToken = path
	if c.Registers, err = NewRegisters(token, everybody(c.People, c.Staff)); err != nil {
		return nil, err
	}
	return c.Registers, nil
}

func (c *Country) inbox(ring keyring) (served, error) {
	token, path, err := ring.secret("inbox-token")
	if err != nil {
		return nil, err
	}
	c.InboxToken = path
	if c.Inbox, err = NewInbox(token); err != nil {
		return nil, err
	}
	return c.Inbox, nil
}

func (c *Country) city(o Options, ring keyring) (served, error) {
	key, path, err := ring.key("city-client.jwk")
	if err != nil {
		return nil, err
	}
	c.CityClient = registered("nowa-wola-city", "private_key_jwt", c.Addresses.City)
	c.CityClient.key, c.CityClient.KeyFile = key, path
	if c.City, err = City(c.CityClient.settings(o)); err != nil {
		return nil, err
	}
	if o.Log != nil {
		c.City.Log = o.Log
	}
	return c.City, nil
}

// simple makes a service with a secret, and its client.
func simple(o Options, ring keyring, id, base string, of func(party.Settings) (*Service, error)) (*Service, Registered, error) {
	client := registered(id, "client_secret_basic", base)
	token, _, err := ring.secret(id + "-client-secret")
	if err != nil {
		return nil, client, err
	}
	client.Secret = token
	s, err := of(client.settings(o))
	if err == nil && o.Log != nil {
		s.Log = o.Log
	}
	return s, client, err
}

func registered(id, method, base string) Registered {
	return Registered{ID: id, AuthMethod: method, RedirectURI: base + "/callback", AfterLogout: base + "/", LoginURI: base + "/login"}
}

func (r Registered) settings(o Options) party.Settings {
	return party.Settings{
		Issuer: o.Issuer, ClientID: r.ID, Secret: r.Secret, Key: r.key,
		RedirectURI: r.RedirectURI, AfterLogout: r.AfterLogout, HTTP: o.HTTP,
	}
}

// Parties is the registration of the services, in YAML, as `symbolon party apply` reads it.
func (c *Country) Parties() ([]byte, error) {
	t, err := template.ParseFS(files, "templates/parties.yaml")
	if err != nil {
		return nil, fmt.Errorf("write parties: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, map[string]Registered{"City": c.CityClient, "Library": c.LibraryClient, "School": c.SchoolClient}); err != nil {
		return nil, fmt.Errorf("write parties: %w", err)
	}
	return out.Bytes(), nil
}

// open listens first, so that the program knows its address, and then serves.
func (c *Country) open(o Options, p program) error {
	port := 0
	if o.Base > 0 {
		port = o.Base + p.offset
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("port %d: %w", port, err)
	}
	scheme := "http://"
	if o.TLS != nil {
		scheme, listener = "https://", tls.NewListener(listener, o.TLS)
	}
	*p.address = scheme + listener.Addr().String()
	made, err := p.make()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: made.Handler(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // hang-ups that the switches ask for
	}
	c.servers = append(c.servers, server)
	go func() { _ = server.Serve(listener) }() // ends with Close, with nothing to say
	return nil
}

// Close stops every program, at once when the context ends.
func (c *Country) Close(ctx context.Context) error {
	var errs []error
	for _, s := range c.servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}
