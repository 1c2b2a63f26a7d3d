package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/go-jose/go-jose/v4"
	"go.yaml.in/yaml/v3"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/oauth"
)

// PartiesFile is what `symbolon party apply` reads: relying parties and their clients.
type PartiesFile struct {
	Parties []consent.RelyingParty
	Clients []oauth.Client
}

// maxPartiesFile is the most that is read of one file.
const maxPartiesFile = 8 << 20

// ReadParties reads a file of parties and clients in YAML. Keys that nobody knows are refused,
// and everything that is wrong is said at once.
func ReadParties(name string, allowed oauth.Registration) (PartiesFile, error) {
	info, err := os.Stat(name)
	if err != nil {
		return PartiesFile{}, fmt.Errorf("parties file: %w", err)
	}
	if info.Size() > maxPartiesFile {
		return PartiesFile{}, fmt.Errorf("parties file: larger than %d bytes", maxPartiesFile)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return PartiesFile{}, fmt.Errorf("parties file: %w", err)
	}
	return ParseParties(raw, allowed)
}

// ParseParties is ReadParties for bytes at hand.
func ParseParties(raw []byte, allowed oauth.Registration) (PartiesFile, error) {
	var written struct {
		Parties []partyText  `yaml:"parties"`
		Clients []clientText `yaml:"clients"`
	}
	if err := strictly(raw, &written); err != nil {
		return PartiesFile{}, err
	}
	var file PartiesFile
	var found []error
	seen := map[string]bool{}
	for i, w := range written.Parties {
		p, problems := w.party()
		if seen["party "+w.ID] {
			problems = append(problems, errors.New("is there twice"))
		}
		seen["party "+w.ID] = true
		problems = append(problems, consent.CheckParty(p, allowed.Exists)...)
		found = append(found, at("party", i, w.ID, problems)...)
		file.Parties = append(file.Parties, p)
	}
	for i, w := range written.Clients {
		c, err := w.client()
		problems := allowed.Check(c)
		if err != nil {
			problems = append(problems, err)
		}
		if seen["client "+w.ID] {
			problems = append(problems, errors.New("is there twice"))
		}
		seen["client "+w.ID] = true
		found = append(found, at("client", i, w.ID, problems)...)
		file.Clients = append(file.Clients, c)
	}
	return file, errors.Join(found...)
}

func strictly(raw []byte, into any) error {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	err := dec.Decode(into)
	var many *yaml.TypeError
	if !errors.As(err, &many) {
		return err
	}
	found := make([]error, len(many.Errors))
	for i, text := range many.Errors {
		found[i] = errors.New(text)
	}
	return errors.Join(found...)
}

// at says where problems are: the place in the file, and the id if there is one.
func at(what string, i int, id string, problems []error) []error {
	place := what + " " + strconv.Itoa(i+1)
	if id != "" {
		place += " (" + id + ")"
	}
	found := make([]error, len(problems))
	for j, err := range problems {
		found[j] = fmt.Errorf("%s: %w", place, err)
	}
	return found
}

// partyText is a relying party as it is written in a file.
type partyText struct {
	ID           string            `yaml:"id"`
	Names        map[string]string `yaml:"names"`
	Domain       string            `yaml:"domain"`
	Sector       string            `yaml:"sector"`
	Floor        string            `yaml:"floor"`
	Means        []meansText       `yaml:"means"`
	Purposes     []purposeText     `yaml:"purposes"`
	May          []mayText         `yaml:"may"`
	Represents   []string          `yaml:"represents"`
	RememberDays int               `yaml:"remember_days"`
	ACRMode      string            `yaml:"acr_mode"`
	Disabled     bool              `yaml:"disabled"`
}

type meansText struct {
	ID   string `yaml:"id"`
	UpTo string `yaml:"up_to"`
}

type purposeText struct {
	ID    string            `yaml:"id"`
	Texts map[string]string `yaml:"texts"`
}

type mayText struct {
	Attributes []string          `yaml:"attributes"`
	Basis      string            `yaml:"basis"`
	Law        map[string]string `yaml:"law"`
	Purpose    string            `yaml:"purpose"`
	Required   bool              `yaml:"required"`
}

func (w partyText) party() (consent.RelyingParty, []error) {
	var found []error
	level := func(field, text string) identity.Level {
		l, err := identity.ParseLevel(text)
		if err != nil {
			found = append(found, fmt.Errorf("%s: must be low, substantial or high", field))
		}
		return l
	}
	p := consent.RelyingParty{
		ID: consent.PartyID(w.ID), Names: w.Names, Domain: w.Domain, Sector: w.Sector, Floor: level("floor", w.Floor),
		Remember: w.RememberDays, ACRMode: w.ACRMode, Disabled: w.Disabled,
	}
	for _, m := range w.Means {
		p.Means = append(p.Means, consent.PermittedMeans{Means: identity.Means(m.ID), UpTo: level("means "+m.ID, m.UpTo)})
	}
	for _, field := range w.Represents {
		p.Represents = append(p.Represents, consent.Field(field))
	}
	for _, purpose := range w.Purposes {
		p.Purposes = append(p.Purposes, consent.Purpose{ID: purpose.ID, Texts: purpose.Texts})
	}
	for _, m := range w.May {
		for _, name := range m.Attributes {
			p.May = append(p.May, consent.Permission{
				Attribute: identity.AttributeName(name), Basis: consent.Basis(m.Basis), Law: m.Law, Purpose: m.Purpose, Required: m.Required,
			})
		}
	}
	p.Version = p.Mark()
	return p, found
}

// clientText is a client as it is written in a file. The names are those of RFC 7591 §2 where it
// has one.
type clientText struct {
	ID                     string   `yaml:"id"`
	Party                  string   `yaml:"party"`
	RedirectURIs           []string `yaml:"redirect_uris"`
	PostLogoutRedirectURIs []string `yaml:"post_logout_redirect_uris"`
	AuthMethod             string   `yaml:"token_endpoint_auth_method"`
	SecretDigests          []string `yaml:"secret_digests"`
	JWKS                   any      `yaml:"jwks"`
	JWKSURI                string   `yaml:"jwks_uri"`
	PKCE                   string   `yaml:"pkce"`
	Scopes                 []string `yaml:"scopes"`
	RefreshTokens          bool     `yaml:"refresh_tokens"`
	IDTokenAlg             string   `yaml:"id_token_signed_response_alg"`
	IDTokenClaims          bool     `yaml:"id_token_claims"`
	Native                 bool     `yaml:"native"`
	InitiateLoginURI       string   `yaml:"initiate_login_uri"`
	Disabled               bool     `yaml:"disabled"`
}

func (w clientText) client() (oauth.Client, error) {
	c := oauth.Client{
		ID: w.ID, Party: consent.PartyID(w.Party), RedirectURIs: w.RedirectURIs, PostLogoutRedirectURIs: w.PostLogoutRedirectURIs,
		AuthMethod: oauth.AuthMethod(w.AuthMethod), SecretDigests: w.SecretDigests, JWKSURI: w.JWKSURI, PKCE: oauth.PKCE(w.PKCE),
		Scopes: w.Scopes, RefreshTokens: w.RefreshTokens, IDTokenAlg: w.IDTokenAlg, IDTokenClaims: w.IDTokenClaims,
		Native: w.Native, InitiateLoginURI: w.InitiateLoginURI, Disabled: w.Disabled,
	}
	if w.JWKS == nil {
		return c, nil
	}
	raw, err := json.Marshal(w.JWKS)
	if err != nil {
		return c, errors.New("jwks: is not a key set")
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		return c, errors.New("jwks: is not a key set (RFC 7517 §5)")
	}
	c.JWKS = &set
	return c, nil
}
