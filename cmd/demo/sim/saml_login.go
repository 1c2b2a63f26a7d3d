package sim

import (
	"encoding/base64"
	"errors"
	"net/http"

	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// samlRequest is an AuthnRequest that waits for its person.
type samlRequest struct {
	ID, Relay string
	Levels    []string
	Force     bool
}

// sso takes a request by redirect or by POST, and lets the person log in.
func (s *SAML) sso(p *SAMLProfile, w http.ResponseWriter, r *http.Request) {
	request, err := s.readRequest(p, r)
	if err != nil {
		s.login.pages.problem(w, http.StatusBadRequest, "invalid_request", "The request cannot be taken: "+err.Error())
		return
	}
	if status := s.Switches.Value("status"); status != "" {
		s.send(p, w, r, request, idp.Answer{Status: status}, s.Switches.Value)
		return
	}
	s.login.greet(w, r, authRequest{
		ACR: request.Levels, Fresh: request.Force,
		Answer: func(w http.ResponseWriter, r *http.Request, found *session, key string) {
			if found == nil {
				s.send(p, w, r, request, idp.Answer{Status: "AuthnFailed"}, s.Switches.Value)
				return
			}
			s.answer(p, w, r, request, *found, key)
		},
	})
}

// readRequest checks that it is the hub that asks: its name, its address, its signature.
func (s *SAML) readRequest(p *SAMLProfile, r *http.Request) (samlRequest, error) {
	if err := r.ParseForm(); err != nil {
		return samlRequest{}, errors.New("it is no form")
	}
	n, err := s.readMessage(p, r, "SAMLRequest")
	if err != nil {
		return samlRequest{}, err
	}
	acs, there := n.LookupAttr("AssertionConsumerServiceURL")
	if !n.Is(idp.NSProtocol, "AuthnRequest") || n.Only(idp.NSAssertion, "Issuer").Text() != p.Hub.EntityID || there && acs != p.Hub.ACS {
		return samlRequest{}, errors.New("its issuer or its address is not registered here")
	}
	request := samlRequest{ID: n.Attr("ID"), Relay: r.Form.Get("RelayState"), Force: n.Attr("ForceAuthn") == "true"}
	if context := n.Only(idp.NSProtocol, "RequestedAuthnContext"); context != nil {
		for _, ref := range context.All(idp.NSAssertion, "AuthnContextClassRef") {
			request.Levels = append(request.Levels, ref.Text())
		}
		if context.Attr("Comparison") == "minimum" && len(request.Levels) > 0 && request.Levels[0] == acrLow {
			request.Levels = append(request.Levels, acrSubstantial)
		}
	}
	return request, nil
}

// readMessage reads a signed message of the hub's by either binding.
func (s *SAML) readMessage(p *SAMLProfile, r *http.Request, parameter string) (*xmlsec.Node, error) {
	if r.Method == http.MethodGet {
		return idp.ReadRedirect(r.URL.Query(), parameter, p.Hub.Signs)
	}
	raw, err := base64.StdEncoding.DecodeString(r.PostForm.Get(parameter))
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	n, err := xmlsec.Parse(raw, xmlsec.Message())
	if err != nil {
		return nil, err
	}
	return n, p.Hub.known(n)
}

// soap takes calls of the hub: an artifact to resolve, a session to end.
func (s *SAML) soap(p *SAMLProfile, w http.ResponseWriter, r *http.Request) {
	call, err := readCall(r)
	if err == nil {
		err = p.Hub.known(call)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	signer, err := p.key.signer(p.algorithm)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	local, inside := "LogoutResponse", []any(nil)
	if call.Local == "ArtifactResolve" {
		local = "ArtifactResponse"
		if text, there := p.artifacts.take(call.Only(idp.NSProtocol, "Artifact").Text(), s.Now()); there {
			response, err := xmlsec.Parse(text, xmlsec.Message())
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			inside = append(inside, response)
		}
	} else {
		s.forget(call.Only(idp.NSProtocol, "SessionIndex").Text())
	}
	reply, err := idp.Reply(local, p.EntityID, call.Attr("ID"), s.Now(), signer, inside...)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(s.mangled(idp.Envelope(reply)))
}
