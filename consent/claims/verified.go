package claims

import (
	"maps"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// TrustFramework is the one under whose rules levels are given here (OpenID Identity Assurance,
// predefined values).
const TrustFramework = "eidas"

// What evidence there is, and how it was checked.
const (
	document         = "document"
	electronicRecord = "electronic_record"
	vouch            = "vouch"
	signature        = "electronic_signature"
	population       = "population_register"
	byData           = "data" // held against the data of who issued it
	byLogin          = "auth" // the person authenticated
	inPerson         = "vpip" // validated physically, in person
	attestation      = "attestation"
	digital          = "digital_attestation"
	byCard           = "eid_card_authentication" // what is signed is the login's challenge
)

// How somebody was verified: by a means alone, or by a register that was asked with the number that
// the means proved.
const (
	procedureMeans    = "means"
	procedureRegister = "means_and_register"
)

// element writes one verified_claims element (OpenID Identity Assurance Schema Definition 1.0 §5),
// or says that there is none: no claim asked for in it is known, or something was asked to be so
// and is not. Its level is that of its weakest claim, its time that of its oldest.
func (r Record) element(asked Verified) (map[string]any, bool) {
	told, of := map[string]any{}, identity.Attributes{}
	catalogue := byName()
	for name, requested := range asked.Claims {
		value, attribute, ok := catalogue.value(identity.AttributeName(name), r.Values)
		if !ok || attribute.VerifiedAt.IsZero() || !requested.suits(value, attribute, r.Arrived) {
			continue
		}
		if value, ok = verifiable(name, value); ok {
			told[name] = value
			of = append(of, attribute)
		}
		for _, beside := range r.beside(identity.AttributeName(name)) {
			if value, _, fine := catalogue.value(beside, r.Values); ok && fine {
				told[string(beside)] = value
			}
		}
	}
	level := r.weakest(of)
	if len(told) == 0 || level == identity.None {
		return nil, false
	}
	verification, ok := asked.Verification.pick(r.verification(of, level), r.Arrived)
	if !ok || verification == nil {
		return nil, false
	}
	return map[string]any{"verification": verification, "claims": told}, true
}

func (r Record) weakest(of identity.Attributes) identity.Level {
	level := r.Backing.Level
	if r.Backing.Absent {
		level = min(level, identity.Low)
	}
	for _, a := range of {
		level = min(level, r.Backing.level(a))
	}
	return level
}

// verification is everything that can be told of how these attributes were verified.
func (r Record) verification(of identity.Attributes, level identity.Level) map[string]any {
	oldest, procedure := of[0].VerifiedAt, procedureMeans
	for _, a := range of {
		if a.VerifiedAt.Before(oldest) {
			oldest = a.VerifiedAt
		}
		if registry(a) != "" || a.Source.Kind == identity.FromPartner {
			procedure = procedureRegister
		}
	}
	return map[string]any{
		"trust_framework": TrustFramework, "assurance_level": level.String(), "time": second(oldest), "verification_process": r.Backing.Process,
		"assurance_process": map[string]any{"policy": r.Backing.Policy, "procedure": procedure},
		"evidence":          r.evidence(of),
	}
}

// evidence lists what these attributes rest on: the registers that told them, and what proved that
// the person was there.
func (r Record) evidence(of identity.Attributes) []any {
	asOf := map[string]time.Time{} // the oldest answer of each register
	for _, a := range of {
		if kind := registry(a); kind != "" && (asOf[kind].IsZero() || a.VerifiedAt.Before(asOf[kind])) {
			asOf[kind] = a.VerifiedAt
		}
	}
	var all []any
	if at, asked := asOf[electronicRecord]; asked {
		record := map[string]any{"type": population}
		if source := r.Backing.Register.source(); len(source) > 0 {
			record["source"] = source
		}
		all = append(all, map[string]any{"type": electronicRecord, "check_details": check(byData, at), "record": record})
	}
	if at, asked := asOf[document]; asked {
		one := map[string]any{"type": document, "check_details": check(byData, at)}
		if details := r.details(of); details != nil {
			one["document_details"] = details
		}
		all = append(all, one)
	}
	all = append(all, r.partners(of)...)
	// The certificate's serial number is the same at every party, so it goes only where a number goes
	// that is so, too: evidence is no way round the citizen's answer.
	if s := r.Backing.Signed; s != nil && numbered(of) {
		all = append(all, map[string]any{
			"type": signature, "signature_type": byCard, "issuer": s.Authority, "serial_number": s.Serial, "created_at": second(s.At),
		})
	}
	if at := r.Backing.vouched(); !at.IsZero() {
		all = append(all, map[string]any{"type": vouch, "check_details": check(byLogin, at), attestation: map[string]any{"type": digital}})
	}
	if o := r.Backing.Office; o != nil {
		all = append(all, o.evidence())
	}
	return all
}

// evidence says that an office vouches: it saw the person (vpip), and they logged in with what it gave them. It
// names who answers for the office and no clerk: who that was stands in the record of the enrolment.
func (o Voucher) evidence() map[string]any {
	attested, checks := map[string]any{"type": digital}, check(byLogin, o.At)
	if o.Name != "" {
		seen := map[string]any{"check_method": inPerson, "organization": o.Name}
		if !o.Seen.IsZero() {
			seen["time"] = second(o.Seen)
			attested["date_of_issuance"] = o.Seen.UTC().Format(time.DateOnly)
		}
		attested["voucher"], checks = map[string]any{"organization": o.Name}, append([]any{seen}, checks...)
	}
	return map[string]any{"type": vouch, "check_details": checks, attestation: attested}
}

// partners lists the further sources that told these attributes, each with its oldest answer.
func (r Record) partners(of identity.Attributes) []any {
	asOf := map[string]time.Time{}
	for _, a := range of {
		if source, _, ok := Further(a.Name); ok && (asOf[source].IsZero() || a.VerifiedAt.Before(asOf[source])) {
			asOf[source] = a.VerifiedAt
		}
	}
	var all []any
	for _, source := range slices.Sorted(maps.Keys(asOf)) {
		record := map[string]any{"type": source}
		if name := r.Backing.Partners[source]; name != "" {
			record["source"] = map[string]any{"name": name}
		}
		all = append(all, map[string]any{"type": electronicRecord, "check_details": check(byData, asOf[source]), "record": record})
	}
	return all
}

// registry says which evidence stands for the register that told an attribute; "" for a means.
func registry(a identity.Attribute) string {
	byRegister := a.Source.Kind == identity.FromRegister || a.Source.Kind == identity.FromHub && a.Source.ID == string(identity.FromRegister)
	switch {
	case !byRegister:
		return ""
	case strings.HasPrefix(string(a.Name), "document_"):
		return document
	default:
		return electronicRecord
	}
}

func check(method string, at time.Time) []any {
	return []any{map[string]any{"check_method": method, "time": second(at)}}
}

// second writes a time as the published schemas have it (RFC 3339), never finer than a second.
func second(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

func (g Register) source() map[string]any {
	source := map[string]any{}
	if g.Name != "" {
		source["name"] = g.Name
	}
	if g.Country != "" {
		source["country_code"] = g.Country
	}
	return source
}

// details describes the document by what this element tells of it as claims anyway: evidence is no
// way round the citizen's answer.
func (r Record) details(of identity.Attributes) map[string]any {
	details := map[string]any{}
	for member, name := range map[string]identity.AttributeName{
		"type": "document_type", "document_number": "document_number",
		"date_of_issuance": "document_date_of_issuance", "date_of_expiry": "document_date_of_expiry",
	} {
		if a, ok := of.Find(name); ok {
			details[member] = a.Value.RevealText()
		}
	}
	if issuer, ok := of.Find("document_issuer"); ok {
		details["issuer"] = map[string]any{"name": issuer.Value.RevealText()}
	}
	if details["type"] == nil { // the published schema has no details without it
		return nil
	}
	return details
}

// verifiable brings a value into the form that the published schema of claims has for it. False:
// there is none. A birth date of which only the year is known has zeros there.
func verifiable(name string, value any) (any, bool) {
	text, _ := value.(string)
	switch strings.TrimPrefix(name, FromRegister) {
	case "birthdate":
		if len(text) == len("1975") {
			text += "-00-00"
		}
		return text, text != ""
	case "email":
		local, domain, ok := strings.Cut(text, "@")
		head, tail, dotted := strings.Cut(domain, ".")
		return text, ok && local != "" && head != "" && dotted && tail != "" && !strings.Contains(tail, "@")
	case "phone_number":
		digits := strings.TrimPrefix(text, "+")
		return text, len(digits) >= 5 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
	case "nationalities":
		return countries(value)
	default:
		return value, true
	}
}

// countries writes each country once.
func countries(value any) (any, bool) {
	list, _ := value.([]any)
	var once []any
	for _, one := range list {
		code, _ := one.(string)
		if len(code) < 2 || len(code) > 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" { // ICAO 9303-3 §5
			return nil, false
		}
		if !slices.Contains(once, one) {
			once = append(once, one)
		}
	}
	return once, len(once) > 0
}

// Assurance is what discovery says about verified_claims (OpenID Connect for Identity Assurance 1.0
// §7).
type Assurance struct {
	Supported      bool     `json:"verified_claims_supported"`
	Frameworks     []string `json:"trust_frameworks_supported"`
	Claims         []string `json:"claims_in_verified_claims_supported"`
	Evidence       []string `json:"evidence_supported"`
	Documents      []string `json:"documents_supported"`
	DocumentChecks []string `json:"documents_check_methods_supported"`
	Records        []string `json:"electronic_records_supported"`
}

// Supports gives what works here, with cards or without.
func Supports(cards bool, further ...string) Assurance {
	names := map[string]bool{}
	for _, c := range Catalogue() {
		names[string(c.Name)] = c.Of == "" && c.Name != ResidentIn && !slices.Contains(c.Scopes, scopeDelegation)
	}
	for _, name := range further { // of sources of this installation
		names[name] = true
	}
	maps.DeleteFunc(names, func(_ string, askable bool) bool { return !askable })
	evidence := []string{document, electronicRecord, vouch}
	if cards {
		evidence = append(evidence, signature)
	}
	return Assurance{
		Supported: true, Frameworks: []string{TrustFramework}, Claims: slices.Sorted(maps.Keys(names)),
		Evidence: evidence, Documents: []string{"idcard", "residence_permit"},
		DocumentChecks: []string{byData}, Records: []string{population},
	}
}
