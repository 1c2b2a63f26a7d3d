package enrolled_test

import (
	"errors"
	"net/url"
	"testing"

	"symbolon/connectors/enrolled"
)

// Attacks OT-17: what is not six digits is no code of any app. It is said, and is no try.
func TestAFirstCodeThatIsNotSixDigitsIsNoTry(t *testing.T) {
	w := newWorld(t)
	secret, setup, err := w.BeginTOTP(t.Context(), w.account, "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(secret.URI)
	if err != nil {
		t.Fatal(err)
	}
	w.secret = u.Query().Get("secret")
	for _, slip := range []string{"", "12345", "1234567", "12345a", "+12345", w.code() + "0"} {
		if _, err := w.FinishTOTP(t.Context(), setup, pin, slip); !errors.Is(err, enrolled.ErrShape) {
			t.Errorf("%q: %v", slip, err)
		}
	}
	for range 4 {
		if _, err := w.FinishTOTP(t.Context(), setup, pin, "000000"); !errors.Is(err, enrolled.ErrWrongCode) || errors.Is(err, enrolled.ErrShape) {
			t.Errorf("a wrong code: %v", err)
		}
	}
	if _, err := w.FinishTOTP(t.Context(), setup, pin, w.code()); err != nil {
		t.Errorf("the right one: %v", err)
	}
}
