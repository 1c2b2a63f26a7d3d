package identity

import (
	"fmt"
	"strings"
	"time"
)

// Scheme says what sort of identifier a value is (ETSI EN 319 412-1 §5.1.3 where it has one).
type Scheme string

// The schemes known.
const (
	NationalNumber Scheme = "PNO"   // national person number
	EIDAS          Scheme = "EIDAS" // eIDAS PersonIdentifier, CC/CC/value
	IdentityCard   Scheme = "IDC"
	Passport       Scheme = "PAS"
	Local          Scheme = "LOC" // given by this installation
)

// Identifier is a value that a state or register gave to one person.
type Identifier struct {
	Scheme  Scheme
	Country string // ISO 3166-1 alpha-2, upper case
	Value   Secret
}

// ParseIdentifier reads the form of ETSI EN 319 412-1 §5.1.3, such as PNOPL-87022290019, or an eIDAS
// PersonIdentifier, such as SE/PL/… (eIDAS SAML Attribute Profile §2.2.3). A Polish number must pass
// its checksum. The error never holds the value.
func ParseIdentifier(text string) (Identifier, error) {
	if id, ok := parseEIDAS(text); ok {
		return id, nil
	}
	head, value, ok := strings.Cut(text, "-")
	if !ok || len(head) != 5 || value == "" || len(value) > 64 {
		return Identifier{}, fmt.Errorf("identifier: not of the form SCHEMECC-value")
	}
	id := Identifier{Scheme(head[:3]), head[3:], Hide(value)}
	if id.Scheme == NationalNumber && id.Country == "PL" && !ValidPESEL(value) {
		return Identifier{}, fmt.Errorf("identifier: the national number's checksum is wrong")
	}
	return id, nil
}

// parseEIDAS reads the country that gave an identifier, the one that it was made for, and what
// follows, which is opaque and kept whole: another destination has another identifier.
func parseEIDAS(text string) (Identifier, bool) {
	if head, value, ok := strings.Cut(text, "-"); ok && len(head) == len("EIDASCC") && strings.HasPrefix(head, string(EIDAS)) {
		id, ok := parseEIDAS(value)
		return id, ok && id.Country == head[len(EIDAS):]
	}
	parts := strings.SplitN(text, "/", 3)
	if len(parts) != 3 || !isCountry(parts[0]) || !isCountry(parts[1]) || parts[2] == "" || len(text) > 256 {
		return Identifier{}, false
	}
	return Identifier{EIDAS, parts[0], Hide(text)}, true
}

func isCountry(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}

// Reveal writes the identifier in the form that ParseIdentifier reads.
func (id Identifier) Reveal() string {
	if id.Scheme == EIDAS {
		return id.Value.Reveal()
	}
	return string(id.Scheme) + id.Country + "-" + id.Value.Reveal()
}

// ValidPESEL checks length and checksum of a Polish national number (weights 1 3 7 9 1 3 7 9 1 3).
func ValidPESEL(number string) bool {
	if len(number) != 11 {
		return false
	}
	sum := 0
	for i, weight := range []int{1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1} {
		digit := int(number[i]) - '0'
		if digit < 0 || digit > 9 {
			return false
		}
		sum += weight * digit
	}
	return sum%10 == 0
}

// BirthInPESEL gives the birth date in a Polish number, YYYY-MM-DD: the month says the century, +80
// for 18xx, nothing for 19xx, +20, +40 and +60 for the three after (act on population records of 24
// September 2010, art. 15). False if there is no such day. It is for comparing only, never told.
func BirthInPESEL(number string) (string, bool) {
	if !ValidPESEL(number) {
		return "", false
	}
	two := func(at int) int { return int(number[at]-'0')*10 + int(number[at+1]-'0') }
	century := map[int]int{0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[two(2)/20]
	day := time.Date(century+two(0), time.Month(two(2)%20), two(4), 0, 0, 0, 0, time.UTC)
	if day.Day() != two(4) || int(day.Month()) != two(2)%20 { // time.Date makes 31 April the 1st of May
		return "", false
	}
	return day.Format(time.DateOnly), true
}
