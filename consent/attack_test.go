package consent

import (
	"errors"
	"testing"
)

// The page offers to remember an answer for thirty days. A registration that changes between show
// and approve does not make that a year.
func TestAttack_CN_04_TheAnswerIsRememberedForAsLongAsWasShown(t *testing.T) {
	p := city()
	p.Remember = 30
	shown, _ := Plan(asking("address"), p, citizen(), everything(), nil, noon())
	p.Remember = 365
	now, _ := Plan(asking("address"), p, citizen(), everything(), nil, noon())
	r, err := Approve(*now, p, citizen(), Approval{Shown: shown.Digest, Remember: true}, [16]byte{1}, noon())
	if !errors.Is(err, ErrNotShown) {
		t.Errorf("30 days were shown and it stands until %s: %v", r.Until, err)
	}
}
