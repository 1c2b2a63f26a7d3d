package sim

import (
	"bytes"
	"fmt"
	"net/http"

	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// remember keeps what the hub was told of a session here.
func (s *SAML) remember(key string, one samlSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexes[key] = append(s.indexes[key], one)
}

// forget ends the session here that an index belongs to.
func (s *SAML) forget(index string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, all := range s.indexes {
		for _, one := range all {
			if one.index == index {
				s.login.sessions.take(key, s.Now())
				delete(s.indexes, key)
				return
			}
		}
	}
}

// Live says how many sessions here the hub was told of.
func (s *SAML) Live() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.indexes)
}

// logout ends the person's session here and tells the hub: the node by a call, the plain profile by the
// browser.
func (s *SAML) logout(w http.ResponseWriter, r *http.Request) {
	key := cookie(r, s.login.cookie)
	s.login.sessions.take(key, s.Now())
	s.mu.Lock()
	all := s.indexes[key]
	delete(s.indexes, key)
	s.mu.Unlock()
	for _, one := range all {
		request := s.logoutRequest(one)
		signer, err := one.profile.key.signer(one.profile.algorithm)
		if err == nil && one.profile.artifact {
			err = s.call(r, one, request, signer)
		}
		if err != nil {
			s.login.pages.problem(w, http.StatusBadGateway, "logout_failed", "The hub did not take the logout: "+err.Error())
			return
		}
		if one.profile.artifact {
			continue
		}
		target, err := idp.Redirect(one.profile.Hub.Logout, "SAMLRequest", request, "back", signer, s.Switches.Value("slo_unsigned") == "")
		if err != nil {
			s.login.pages.problem(w, http.StatusInternalServerError, "logout_failed", err.Error())
			return
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
		return
	}
	s.login.pages.show(w, http.StatusOK, "loggedout", "You are logged out", nil)
}

func (s *SAML) logoutRequest(one samlSession) *xmlsec.Node {
	name := idp.Saml("NameID", one.name.Value)
	return idp.Protocol("LogoutRequest", xmlsec.A("ID", idp.ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", idp.Time(s.Now())),
		xmlsec.A("Destination", one.profile.Hub.Logout), idp.Saml("Issuer", one.profile.EntityID), name, idp.Protocol("SessionIndex", one.index))
}

// call tells the hub of a logout by SOAP.
func (s *SAML) call(r *http.Request, one samlSession, request *xmlsec.Node, signer xmlsec.Signer) error {
	if s.Switches.Value("slo_unsigned") == "" {
		if err := signer.Sign(request, 1); err != nil {
			return err
		}
	}
	call, err := http.NewRequestWithContext(r.Context(), http.MethodPost, one.profile.Hub.Logout, bytes.NewReader(idp.Envelope(request)))
	if err != nil {
		return err
	}
	call.Header.Set("Content-Type", "text/xml; charset=utf-8")
	answer, err := s.http.Do(call)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// slo takes a logout of the hub by the browser, or the hub's answer to one of ours.
func (s *SAML) slo(p *SAMLProfile, w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Form.Has("SAMLResponse") {
		s.login.pages.show(w, http.StatusOK, "loggedout", "You are logged out", nil)
		return
	}
	request, err := s.readMessage(p, r, "SAMLRequest")
	if err != nil || !request.Is(idp.NSProtocol, "LogoutRequest") {
		s.login.pages.problem(w, http.StatusBadRequest, "invalid_request", "This logout is not the hub's.")
		return
	}
	s.forget(request.Only(idp.NSProtocol, "SessionIndex").Text())
	signer, err := p.key.signer(p.algorithm)
	if err == nil {
		answer := idp.Protocol("LogoutResponse", xmlsec.A("ID", idp.ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", idp.Time(s.Now())),
			xmlsec.A("InResponseTo", request.Attr("ID")), xmlsec.A("Destination", p.Hub.Logout), idp.Saml("Issuer", p.EntityID), idp.Status(""))
		var target string
		if target, err = idp.Redirect(p.Hub.Logout, "SAMLResponse", answer, r.Form.Get("RelayState"), signer, true); err == nil {
			http.Redirect(w, r, target, http.StatusSeeOther)
			return
		}
	}
	s.login.pages.problem(w, http.StatusInternalServerError, "logout_failed", err.Error())
}
