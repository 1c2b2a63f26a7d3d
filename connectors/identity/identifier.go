package identity

import (
	"fmt"
	"strings"
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

// ParseIdentifier reads the form of ETSI EN 319 412-1 §5.1.3, such as PNOPL-87022290019. A
// Polish number must pass its checksum. The error never holds the value.
func ParseIdentifier(text string) (Identifier, error) {
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

// Reveal writes the identifier in the form that ParseIdentifier reads.
func (id Identifier) Reveal() string { return string(id.Scheme) + id.Country + "-" + id.Value.Reveal() }

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
