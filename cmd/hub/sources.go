package hub

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"symbolon/config"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent/claims"
)

// sources makes the clients of the further sources, or says everything that is wrong with their
// settings; nil where there are none.
func (h *Hub) sources() (*register.Partners, error) {
	partners := &register.Partners{Log: h.log, Now: h.now}
	var wrong []error
	for i, s := range h.config.Sources {
		one, err := h.source(s)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("sources[%d] (%s): %w", i, s.ID, err))
		}
		partners.List = append(partners.List, one)
	}
	return partners, errors.Join(wrong...)
}

func (h *Hub) source(s config.Source) (*register.Partner, error) {
	one := &register.Partner{ID: s.ID, Keep: s.Keep}
	var wrong []error
	for _, a := range s.Attributes {
		kind := a.Type
		if kind == "" {
			kind = "string"
		}
		if !slices.Contains(register.PartnerTypes(), kind) {
			wrong = append(wrong, fmt.Errorf("%s: type must be one of %s", a.Name, strings.Join(register.PartnerTypes(), ", ")))
		}
		wrong = append(wrong, claims.CheckFurther(s.ID, a.Name)) // attacks TK-20
		level, _ := identity.ParseLevel(a.Level)                 // the settings were checked
		one.Attributes = append(one.Attributes, register.PartnerAttribute{Name: a.Name, Type: kind, Level: max(level, identity.Low)})
	}
	client, err := caller(s.URL, s.CAFile, s.Timeout, s.AllowLoopback, s.Token, h.now)
	languages, badly := register.ParseLanguages(s.Languages)
	if err := errors.Join(append(wrong, err, badly)...); err != nil {
		return nil, err
	}
	one.Client = register.New(register.Options{ID: s.ID, BaseURL: s.URL, HTTP: client, Now: h.now, Languages: languages})
	return one, nil
}

// Further lists the claims of the further sources.
func Further(c config.Config) []identity.AttributeName {
	var names []identity.AttributeName
	for _, s := range c.Sources {
		for _, a := range s.Attributes {
			names = append(names, identity.AttributeName(s.ID+":"+a.Name))
		}
	}
	return names
}

// sourceNames says what each further source is called, in English, for who is told of it.
func sourceNames(c config.Config) map[string]string {
	names := map[string]string{}
	for _, s := range c.Sources {
		names[s.ID] = s.Names["en"]
	}
	return names
}

// sourceTexts are the texts of further sources and their attributes, by key and language.
func sourceTexts(c config.Config) map[string]map[string]string {
	texts := map[string]map[string]string{}
	for _, s := range c.Sources {
		texts["source."+s.ID] = s.Names
		for _, a := range s.Attributes {
			texts["claim."+s.ID+":"+a.Name] = a.Texts
		}
	}
	return texts
}

func further(c config.Config) []string {
	var names []string
	for _, name := range Further(c) {
		names = append(names, string(name))
	}
	return names
}
