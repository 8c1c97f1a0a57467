package policy

// Planned returns the activities whose kind this build does not run, in the
// order of the file: they are checked and published, and nothing is collected,
// routed or stored for them. It needs a policy that Check has completed.
func (p *Policy) Planned() []*Activity {
	var found []*Activity
	for i := range p.Activities {
		if p.Activities[i].Words().Planned {
			found = append(found, &p.Activities[i])
		}
	}
	return found
}
