package claims

import (
	"fmt"
	"slices"
	"strings"

	"symbolon/connectors/identity"
)

// Attributes of further sources (a student card, a large-family card) are no rows here: an operator
// names them. Their claims have the source's id before a colon, student_card:number, so that none of
// them can pose as another's or as one of ours (attacks TK-20, LK-08; OpenID Connect Core §5.1.2 asks
// for names that cannot collide).

// longestPart is how long a source's id or an attribute's own name may be.
const longestPart = 32

// Further takes the name of a further source's attribute apart; false if it is not one by its form.
func Further(name identity.AttributeName) (source, attribute string, ok bool) {
	source, attribute, ok = strings.Cut(string(name), ":")
	return source, attribute, ok && CheckFurther(source, attribute) == nil
}

// CheckFurther says why a source's id or its attribute cannot be named so.
func CheckFurther(source, attribute string) error {
	for _, part := range []string{source, attribute} {
		if part == "" || len(part) > longestPart || part[0] < 'a' || part[0] > 'z' || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return fmt.Errorf("%q must begin with a lower-case letter and hold no more than %d lower-case letters, digits and underscores", part, longestPart)
		}
		if slices.Contains(reserved(), part) || strings.HasPrefix(part, FromRegister) || strings.HasSuffix(part, metaSuffix) || strings.HasSuffix(part, "_verified") {
			return fmt.Errorf("%q is named like a member that tokens or register companions keep for themselves", part)
		}
		if _, ours := byName().row(part); ours || slices.ContainsFunc(Scopes(), func(s string) bool { return s == part || strings.HasPrefix(s, part+":") }) {
			return fmt.Errorf("%q is named like a claim or scope of ours", part)
		}
	}
	return nil
}

// reserved lists what tokens and answers keep for themselves (RFC 7519 §4.1, RFC 8693 §4, RFC 9068
// §2.2, OpenID Connect Core §2, §5.6.2, Identity Assurance 1.0).
func reserved() []string {
	return []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "acr", "amr", "azp", "auth_time", "at_hash", "c_hash", "s_hash", "sid", "txn",
		"act", "may_act", "scope", "client_id", "cnf", "events", "active", "token_type", "username", "roles", "groups", "entitlements", "vot", "vtm",
		"verified_claims", "verification", "assurance_valid_until", "rep_scope", "mandate_id", "mandate_expiry", "openid", "offline_access",
	}
}

// further is the row of an attribute of a further source. Its type, level and texts are the
// operator's; of type it may be anything.
func further(name identity.AttributeName) (Claim, bool) {
	if _, _, ok := Further(name); !ok {
		return Claim{}, false
	}
	return Claim{Name: name, Sources: []identity.SourceKind{identity.FromPartner}, Level: identity.Low}, true
}

// of gives the row that believes this attribute from where it comes: of a further source, only what
// stands under that source's own id.
func (all index) of(a identity.Attribute) (Claim, bool) {
	if a.Source.Kind != identity.FromPartner {
		claim, ok := all.row(string(a.Name))
		return claim, ok && slices.Contains(claim.Sources, a.Source.Kind) && numberedBy(a)
	}
	source, _, ok := Further(a.Name)
	if !ok || source != a.Source.ID {
		return Claim{}, false
	}
	return further(a.Name)
}
