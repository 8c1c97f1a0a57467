// Package taxonomy is the words for what data is, what it is used for, whom it
// is about and what protects it: the keys of fideslang, each with its name in
// German and English and the term of the W3C Data Privacy Vocabulary (DPV 2.0)
// that it corresponds to.
//
// Keys are hierarchical: user.contact.email lies below user.contact. The few
// keys that are Kept's own name the fideslang key that stands for them in
// exchange with other systems. The package knows no policy.
package taxonomy
