package identity

// Proofing is what somebody's identity rests on whom an office enrols. How far each goes, the rules say.
type Proofing string

// What an enrolment may rest on. Of several that hold, the weakest counts.
const (
	InPerson        Proofing = "in_person"        // register, document and person were compared, and it was finished at the desk
	AtHome          Proofing = "at_home"          // finished elsewhere, out of the clerk's sight
	WithoutDocument Proofing = "without_document" // the first one is only applied for
	DocumentAlone   Proofing = "document_alone"   // the register knows nobody by it
	WithoutRegister Proofing = "without_register" // the register did not answer, and somebody decided to go on
)

// Proofings lists all of them.
func Proofings() []Proofing {
	return []Proofing{InPerson, AtHome, WithoutDocument, DocumentAlone, WithoutRegister}
}
