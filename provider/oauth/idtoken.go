package oauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"symbolon/consent/claims"
	"symbolon/provider/seal"
)

// typIDToken is the typ of an ID token. Tokens of other sorts carry another.
const typIDToken = "JWT"

// idToken signs what OpenID Connect Core §2 says, with the level and the time that were recorded.
// It fails rather than leave out or make up acr or auth_time (oauth.md F08).
func (u *unit) idToken() (string, error) {
	if u.kept.Subject == "" || u.kept.ACR == "" || u.kept.AuthTime <= 0 {
		return "", errors.New("ID token: sub, acr or auth_time is not recorded")
	}
	alg := u.client.idTokenAlg()
	key, ok := u.p.signing.Active(alg, u.now)
	if !ok {
		return "", fmt.Errorf("ID token: no active %s key", alg)
	}
	token := u.told(claims.IDToken)
	token["iss"] = u.p.issuer
	token["sub"] = u.kept.Subject
	u.tellActor(token)
	token["aud"] = u.client.ID
	token["iat"] = u.now.Unix()
	token["exp"] = u.now.Add(u.p.lifetimes.IDToken).Unix()
	token["auth_time"] = u.kept.AuthTime
	token["acr"] = u.kept.ACR
	token["txn"] = u.kept.Txn
	token["at_hash"] = halfHash(alg, u.p.mint.Encode(u.access))
	if len(u.kept.AMR) > 0 {
		token["amr"] = u.kept.AMR
	}
	if len(u.kept.Merged) > 0 {
		token[mergedClaim] = u.kept.Merged
	}
	if u.kept.Session != "" {
		token["sid"] = u.kept.Session
	}
	if u.kept.Nonce != "" && u.kind == seal.Code { // OpenID Connect Core §12.2: not in a refreshed one
		token["nonce"] = u.kept.Nonce
	}
	return sign(key, typIDToken, token)
}

// tellActor says who acts for sub, wherever sub is told: nobody must take the one for the other (RFC 8693
// §4.1).
func (u *unit) tellActor(token map[string]any) {
	if u.kept.Actor != "" {
		token["act"] = map[string]any{"sub": u.kept.Actor}
	}
}

// told gives the released claims for one destination: what scopes ask for at userinfo, in the ID
// token only for a client that is registered so, and what the claims parameter asks for where it
// says. Names that tokens need themselves cannot be taken by an attribute (attacks TK-20).
func (u *unit) told(to claims.Place) map[string]any {
	scopes := u.scopes
	if to == claims.IDToken && !u.client.IDTokenClaims {
		scopes = nil
	}
	told := u.record.Tell(to, scopes)
	for _, name := range reservedClaims() {
		delete(told, name)
	}
	asked := u.record.Request.UserInfo
	if to == claims.IDToken {
		asked = u.record.Request.IDToken
	}
	if _, ok := asked[levelEndsClaim]; ok && u.kept.LevelEnds > 0 {
		told[levelEndsClaim] = u.kept.LevelEnds
	}
	return told
}

// levelEndsClaim tells, where the claims parameter asks for it, when the level in acr falls: the
// earliest of what was proved growing old, a document's expiry and the session's end (levels.md §1).
const levelEndsClaim = "assurance_valid_until"

// mergedClaim lists the further names under which the client's sector knows the same human: somebody who
// was two persons here, and became one. They name nobody else, and nobody logs in under them again.
const mergedClaim = "merged_subs"

func reservedClaims() []string {
	return []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "acr", "amr", "azp", "sid", "txn",
		"at_hash", "c_hash", "s_hash", "cnf", "act", "client_id", "scope", "events", mergedClaim}
}

// SessionID names a hub session towards one client: the same for all of its logins there, and
// nothing to tell by that two clients see the same session. "" without a session.
func (p *Provider) SessionID(session seal.RowID, client string) string {
	if session == (seal.RowID{}) {
		return ""
	}
	mac := hmac.New(sha256.New, p.deriveKey[:])
	mac.Write([]byte("sid\x00"))
	mac.Write(session[:])
	mac.Write([]byte(client))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24])
}
