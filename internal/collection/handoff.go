package collection

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/store"
)

// composeEscalation writes to the account manager, or to the substitute while the
// manager is away.
func (a *acting) composeEscalation(ctx context.Context) ([]letter, error) {
	who, err := a.colleague(ctx)
	if err != nil || who == nil {
		return nil, err
	}
	d := a.data()
	d.Recipient = message.Recipient{Name: who.Name}
	d.Escalation = message.Escalation{AccountManager: who.Name, Deadline: a.deadline(a.step.AnswerWithin), Steps: a.storyLines()}
	if a.Promise != nil {
		d.Escalation.OpenPromises = 1
	}
	if d.Escalation.Disputes, err = a.tx.Disputes(ctx, a.Invoice.ID); err != nil {
		return nil, err
	}
	l, err := a.mail(message.SalesEscalation, d, addressee{audience: "colleague", name: who.Name, address: who.Email, language: a.Creditor.Language}, nil)
	return []letter{l}, err
}

func (a *acting) colleague(ctx context.Context) (*store.AccountManager, error) {
	if a.Customer.AccountManagerID == nil {
		return nil, nil //nolint:nilnil // nobody is named
	}
	who, err := a.tx.AccountManager(ctx, *a.Customer.AccountManagerID)
	if err != nil || !who.Absent(a.today()) || who.SubstituteID == nil {
		return who, err
	}
	return a.tx.AccountManager(ctx, *who.SubstituteID)
}

func (a *acting) escalationTask(ctx context.Context) (*uuid.UUID, error) {
	due := a.deadline(a.step.AnswerWithin)
	return a.task(ctx, newTask{kind: TaskEscalation, role: dunning.RoleSales, reason: string(a.act.Step), step: a.act.Step, dueOn: &due, expiresOn: &due})
}

// storyLines are what was done so far, oldest first.
func (f *caseFile) storyLines() []message.StepLine {
	var lines []message.StepLine
	for _, s := range f.Steps {
		if s.State == store.StepDone && s.DoneOn != nil {
			lines = append(lines, message.StepLine{Date: *s.DoneOn, Label: string(s.Step)})
		}
	}
	return lines
}

// prepareHandOff asks for the approvals as soon as the step before the hand-off is done,
// so that the people who approve have all the time there is.
func (a *acting) prepareHandOff(ctx context.Context) error {
	next, ok := a.Policy.Next(a.act.Step)
	if !ok || next.Do != dunning.DoHandOff || a.Invoice.ClosedOutcome != nil { // closed while the notice was leaving: nothing is to be approved
		return nil
	}
	return a.askApprovals(ctx, next)
}

func (a *acting) askApprovals(ctx context.Context, step *dunning.Step) error {
	for _, role := range step.Approvals {
		if _, err := a.task(ctx, newTask{kind: TaskApproval, role: role, reason: string(step.ID), step: step.ID}); err != nil {
			return err
		}
	}
	return nil
}

// approvals: a hand-off goes only when every role has approved it in this run. One
// rejection ends it; an open question keeps it waiting without an end.
func (a *acting) approvals(ctx context.Context) (*dunning.ActResult, error) {
	given, err := a.givenApprovals(ctx)
	if err != nil {
		return nil, err
	}
	if given.rejected != nil {
		return a.outcome(ctx, dunning.Verdict{Answer: dunning.AnswerSkipped, Reason: dunning.ReasonWaived}, given.rejected.String(), nil)
	}
	for _, role := range given.missing {
		if _, err := a.task(ctx, newTask{kind: TaskApproval, role: role, reason: string(a.step.ID), step: a.step.ID}); err != nil {
			return nil, err
		}
	}
	if len(given.missing) > 0 {
		return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonNotReleased})
	}
	return nil, nil //nolint:nilnil // everybody approved: the claim goes on
}

// handOffApprovals is what people said about a hand-off in this run.
type handOffApprovals struct {
	rejected *uuid.UUID // the task in which somebody rejected it
	missing  []dunning.Role
}

func (a *acting) givenApprovals(ctx context.Context) (given handOffApprovals, err error) {
	tasks, err := a.tx.RunTasks(ctx, a.Invoice.ID, a.Invoice.CurrentRun, TaskApproval)
	if err != nil {
		return given, err
	}
	approved := map[dunning.Role]bool{}
	for _, t := range tasks {
		switch t.Outcome {
		case "rejected":
			given.rejected = &t.ID
			return given, nil
		case "approved":
			approved[dunning.Role(t.Role)] = true
		}
	}
	for _, role := range a.step.Approvals {
		if !approved[role] {
			given.missing = append(given.missing, role)
		}
	}
	return given, nil
}

// composeHandOff writes to the agency, with the dossier and the documents.
func (a *acting) composeHandOff(ctx context.Context) ([]letter, error) {
	agency, err := a.agency(ctx)
	if err != nil || agency == nil {
		return nil, err
	}
	docs, err := a.handOffDocuments(ctx, agency.Language)
	if err != nil {
		return nil, err
	}
	dossier, err := a.dossier(ctx, docs)
	if err != nil {
		return nil, err
	}
	a.attach(NewDocument{Kind: "dossier", ContentType: "application/json", Content: dossier})
	d := a.data()
	d.Recipient = message.Recipient{Name: agency.Name}
	d.AgencyName, d.HandOffOn = agency.Name, a.today()
	d.CaseReference = a.Creditor.ID + ":" + a.Invoice.Number
	attachments := append([]store.Document{{Kind: "dossier", ContentType: "application/json", Content: dossier}}, docs...)
	l, err := a.mail(message.AgencyHandOff, d, addressee{audience: "agency", name: agency.Name, address: agency.Email, language: agency.Language}, attachments)
	return []letter{l}, err
}

// handOffDocuments are the files of the case, with the account as it stands today.
func (a *acting) handOffDocuments(ctx context.Context, language string) ([]store.Document, error) {
	statement, err := a.statementDocument(ctx, language)
	if err != nil {
		return nil, err
	}
	docs, err := a.tx.Documents(ctx, a.Invoice.ID)
	if err != nil {
		return nil, err
	}
	docs = slices.DeleteFunc(docs, func(d store.Document) bool { return d.Kind == DocumentStatement }) // accounts of earlier attempts say less
	if statement != nil {
		docs = append(docs, a.attach(*statement))
	}
	return docs, nil
}

func (f *caseFile) agency(ctx context.Context) (*store.Agency, error) {
	if f.Creditor.AgencyID == nil {
		return nil, nil //nolint:nilnil // no agency is named: the step fails with a task
	}
	return f.tx.Agency(ctx, *f.Creditor.AgencyID)
}

// recallStep is the engine's own step that takes a case back from the agency.
var recallStep = dunning.Step{
	ID: dunning.StepAgencyRecall, Stage: dunning.StageAgency, Do: dunning.DoHandOff, Label: "recall from the agency",
	Channels: []dunning.Channel{dunning.ChannelEmail}, Template: string(message.AgencyRecall), IfUncertain: dunning.ResendOnce,
}

// ClaimRecall claims the one mail that takes a closed case back from the agency. It
// goes by its own rules: the case is closed, no window holds it back, and the agency
// must know at once.
func (s *Service) ClaimRecall(ctx context.Context, act dunning.Act, now time.Time) (*Claim, error) {
	claim := &Claim{}
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		*claim = Claim{}
		id, err := uuid.Parse(act.InvoiceID)
		if err != nil {
			return Refuse(Invalid, "invoice_id", "not_a_uuid", "the invoice id is not a uuid")
		}
		f, err := s.open(ctx, tx, id, now, ActorSystem)
		if err != nil {
			return err
		}
		f.dirty = false
		return f.claimRecall(ctx, claim, act)
	})
	return claim, err
}

func (f *caseFile) claimRecall(ctx context.Context, claim *Claim, act dunning.Act) error {
	sent, err := f.tx.StepMessages(ctx, f.Invoice.ID, dunning.StepAgencyRecall, act.RunNo)
	if err != nil {
		return err
	}
	for _, m := range sent {
		if m.Status != "not_sent" { // sent, or of unknown fate: finance was told by task anyway
			claim.Result = &dunning.ActResult{Answer: dunning.AnswerDone, Reference: m.MessageID.String(), State: f.state()}
			return nil
		}
	}
	agency, err := f.agency(ctx)
	if err != nil {
		return err
	}
	if agency == nil || f.Invoice.HandedOffAt == nil || act.RunNo != f.Invoice.CurrentRun {
		claim.Result = &dunning.ActResult{Answer: dunning.AnswerSkipped, Reason: dunning.ReasonNotApplicable, State: f.state()}
		return nil
	}
	if until, err := f.providerDown(ctx, dunning.ChannelEmail, nil); err != nil || !until.IsZero() {
		claim.Result = &dunning.ActResult{Answer: dunning.AnswerWait, Reason: dunning.ReasonProviderDown, NotBefore: until, State: f.state()}
		return err
	}
	a := &acting{caseFile: f, act: act, step: &recallStep}
	d := f.data()
	d.Recipient, d.AgencyName, d.HandOffOn = message.Recipient{Name: agency.Name}, agency.Name, f.place.Date(*f.Invoice.HandedOffAt)
	d.CaseReference = f.Creditor.ID + ":" + f.Invoice.Number
	l, err := a.mail(message.AgencyRecall, d, addressee{audience: "agency", name: agency.Name, address: agency.Email, language: agency.Language}, nil)
	if err != nil {
		return err
	}
	f.write(store.AddMessage(l.row, l.body), store.PutMessageItem(store.MessageItem{
		InvoiceID: f.Invoice.ID, Step: dunning.StepAgencyRecall, Occurrence: act.RunNo, Channel: l.row.Channel, MessageID: l.row.ID,
	}))
	f.event("message_claimed", map[string]any{"message_id": l.row.ID.String(), "step": string(dunning.StepAgencyRecall)})
	claim.Outgoing = []Outgoing{l.outgoing}
	_, err = f.save()
	return err
}

// RecordRecall records what the provider did with the recall. Not taken, it is tried
// again; of unknown fate, finance has the task that was opened at closing.
func (s *Service) RecordRecall(ctx context.Context, act dunning.Act, fates []Fate, now time.Time) (*dunning.ActResult, error) {
	var result *dunning.ActResult
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err := uuid.Parse(act.InvoiceID)
		if err != nil {
			return Refuse(Invalid, "invoice_id", "not_a_uuid", "the invoice id is not a uuid")
		}
		f, err := s.open(ctx, tx, id, now, ActorSystem)
		if err != nil {
			return err
		}
		f.dirty = false
		result = &dunning.ActResult{Answer: dunning.AnswerDone, State: f.state()}
		for _, fate := range fates {
			f.recordFate(fate)
			result.Reference = fate.MessageID.String()
			if fate.Err != nil && fate.Err.Fate != "uncertain" {
				result.Answer, result.Reason = dunning.AnswerWait, dunning.ReasonProviderDown
				if fate.Err.Fate == "rejected" {
					result.Answer, result.Reason = dunning.AnswerFailed, dunning.ReasonRejected
				}
			}
		}
		if result.Answer == dunning.AnswerDone {
			if at := f.now; act.RunNo == f.Invoice.CurrentRun { // else it was opened again meanwhile, and may be handed off again
				f.Invoice.RecalledAt = &at
			}
			f.event("recalled", nil)
			result.State = f.state()
		}
		_, err = f.save()
		return err
	})
	return result, err
}
