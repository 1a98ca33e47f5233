/* The order of what the search finds: what is read through comes before what is looked up, and the proofs after both. */
var Scorer = {
  score: ([page, title, anchor, description, score]) => {
    const shelf = { start: 8, guides: 8, reference: 4, evidence: 0 }[page.split("/")[0]] ?? -8;
    return score + shelf;
  },
  objNameMatch: 4,
  objPartialMatch: 2,
  objPrio: { 0: 5, 1: 2, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
