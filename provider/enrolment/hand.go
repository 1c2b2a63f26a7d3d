package enrolment

import (
	"encoding/base64"
	"encoding/json"

	"symbolon/provider/staff"
)

// held is a voucher on its way to the one browser that shows it.
type held struct {
	Token    string `json:"t"`
	Code     string `json:"c"`
	Mode     Mode   `json:"m"`
	Reissues int    `json:"r"`
}

// Hold seals a voucher for the clerk's browser that was given it: the page that shows it follows a form,
// and the database keeps no code that could be shown. It opens for that clerk alone, whoever else logs in
// at the same computer afterwards.
func (o *Office) Hold(c Case, v Voucher) string {
	plain, err := json.Marshal(held{v.Token, v.Code, v.Mode, c.Reissues})
	if err != nil {
		return "" // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(o.Vault.Seal(plain, holdPlace(c)))
}

// Held opens what Hold sealed for the clerk who looks, while it is the case's voucher still.
func (o *Office) Held(c Case, clerk staff.ID, text string) (Voucher, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || c.State != QRIssued || c.Clerk != clerk {
		return Voucher{}, false
	}
	plain, err := o.Vault.Open(sealed, holdPlace(c))
	var h held
	if err != nil || json.Unmarshal(plain, &h) != nil || h.Reissues != c.Reissues {
		return Voucher{}, false
	}
	return Voucher{Token: h.Token, Code: h.Code, Mode: h.Mode}, true
}

func holdPlace(c Case) string { return "voucher at the desk " + CaseID(c.ID) + " " + c.Clerk.String() }
