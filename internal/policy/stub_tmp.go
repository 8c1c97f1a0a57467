package policy

func (c *checker) service(*Service)                       {}
func (c *checker) recipient(*Recipient)                   {}
func (c *checker) groups()                                {}
func (c *checker) unused()                                {}
func (c *checker) storageOverlaps()                       {}
func (c *checker) texts()                                 {}
func (c *checker) basis(*Activity, *Kind)                 {}
func (c *checker) consentKeys(*Activity, *Kind)           {}
func (c *checker) activityCookies(*Activity, *Kind)       {}
func (c *checker) deliveries(*Activity, *Kind)            {}
func (c *checker) data(*Activity, *Kind)                  {}
func (c *checker) retention(*Activity, *Kind)             {}
func (c *checker) storageOutlives(*Activity)              {}
func (c *checker) translated(t Text, at Pos, what string) {}

type Explanation struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Reason   string   `json:"reason"`
	Remedy   string   `json:"remedy"`
	Wrong    string   `json:"wrong"`
	Right    string   `json:"right"`
}

func Explain(code string) (Explanation, bool) {
	return Explanation{Code: code, Severity: Mistake}, true
}
func Codes() []Explanation { return nil }
