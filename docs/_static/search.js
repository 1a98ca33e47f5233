/* Finds the pages that have any of the words, those with the rarer words first. Sphinx' own search wants every word in
   one page, and a question has words that no page has. A page counts a word most in its title, then in a heading, then
   in a short text; words that readers use for the same thing find each other (words.js). */
const QUESTION = new Set(
  "i me my we our you your it its how what which who whom when where why do does did can could should would will is are was be been am want need get got make use have has had not no without out up someone everyone anyone everything anything some any too also only just instead still keep one".split(
    " ",
  ),
);
const SHELVES = { start: 1.25, guides: 1.25, reference: 1, evidence: 0.9 };
const PLACES = { title: 4, heading: 2, subject: 2, text: 1, alike: 0.25, begins: 0.5 };

const indexPages = ({ docnames, titles, alltitles, terms }, stem) => {
  const words = (text) => splitQuery(text.toLowerCase()).map(stem);
  const pages = docnames.map((name, number) => ({
    name,
    title: titles[number],
    shelf: SHELVES[name.split("/")[0]] ?? 0.8,
    places: new Map(), // from a word to how much it counts
    headings: [],
  }));
  const put = (page, word, place) => page.places.set(word, Math.max(PLACES[place], page.places.get(word) ?? 0));
  for (const [word, found] of Object.entries(terms)) for (const each of [found].flat()) put(pages[each], word, "text");
  for (const [heading, found] of Object.entries(alltitles)) {
    for (const [number, anchor] of found) {
      const place = titles[number] === heading ? "title" : "heading";
      const here = words(heading);
      here.forEach((word) => put(pages[number], word, place));
      if (place === "heading") pages[number].headings.push({ heading, anchor, words: new Set(here) });
    }
  }
  for (const page of pages) words(SUBJECTS[page.name] ?? "").forEach((word) => put(page, word, "subject"));
  return pages;
};

const findPages = (index, query) => {
  const stemmer = new Stemmer();
  const stem = (word) => stemmer.stemWord(word);
  const pages = indexPages(index, stem);
  const sizes = pages.map((page) => page.places.size);
  const usual = sizes.reduce((one, other) => one + other, 0) / pages.length;
  const short = (page) => 2.2 / (1 + 1.2 * (0.25 + (0.75 * page.places.size) / usual));
  const known = new Set(pages.flatMap((page) => [...page.places.keys()]));
  const groups = SAME.map((line) => line.split(" ").map(stem));
  const empty = new Set(stopwords); // an array up to Sphinx 8
  const typed = splitQuery(query.toLowerCase());
  const telling = typed.filter((word) => !QUESTION.has(word) && !empty.has(word));
  const asked = [...new Set((telling.length ? telling : typed).map(stem))];
  const weights = (word) => {
    const found = new Map();
    if (known.has(word)) found.set(word, 1);
    else if (word.length > 3) for (const each of known) if (each.startsWith(word)) found.set(each, PLACES.begins);
    const alike = groups.filter((group) => group.includes(word)).flat();
    for (const each of alike) if (known.has(each) && !found.has(each)) found.set(each, PLACES.alike);
    return found;
  };
  const rarity = (word) => Math.log(1 + pages.length / pages.filter((page) => page.places.has(word)).length);
  const wanted = asked.map((word) => [...weights(word)].map(([each, weight]) => [each, weight * rarity(each)]));
  const worth = (page, [word, weight]) => {
    const place = page.places.get(word) ?? 0;
    return weight * (place === PLACES.text ? short(page) : place);
  };
  const phrase = typed.join(" ");
  const whole = ({ title, headings }) =>
    [title, ...headings.map(({ heading }) => heading)].some((each) => splitQuery(each.toLowerCase()).join(" ").includes(phrase));
  const best = (page, ways) => Math.max(0, ...ways.map((way) => worth(page, way)));
  return pages
    .map((page) => {
      const [inOne, heading] = bestHeading(page, wanted);
      const each = wanted.reduce((sum, ways) => sum + best(page, ways), 0);
      return { page, heading, score: page.shelf * (each + inOne + PLACES.title * whole(page)) };
    })
    .filter(({ score }) => score > 0);
};

/* Give what one heading of a page has of the words, and the heading; none where it has no word. */
const bestHeading = (page, wanted) => {
  const worth = ({ words }) =>
    wanted.reduce((sum, ways) => sum + Math.max(0, ...ways.map(([word, weight]) => (words.has(word) ? weight : 0))), 0);
  const ranked = page.headings.map((each) => [worth(each), each]).sort(([one], [other]) => other - one);
  return ranked.length && ranked[0][0] > 0 ? ranked[0] : [0, null];
};

const useOwnSearch = () => {
  if (typeof Search === "undefined") return;
  Search._performSearch = (query) =>
    findPages(Search._index, query)
      .filter(({ score }, _, all) => score > Math.max(...all.map((each) => each.score)) / 10) // the rest is by chance
      .sort((one, other) => one.score - other.score) // Sphinx shows the last one first
      .slice(-20)
      .map(({ page, score, heading }) => [
        page.name,
        heading ? `${page.title} > ${heading.heading}` : page.title,
        heading?.anchor ? `#${heading.anchor}` : "",
        null,
        score,
        Search._index.filenames[Search._index.docnames.indexOf(page.name)],
        "text",
      ]);
};
document.addEventListener("DOMContentLoaded", useOwnSearch); // before Sphinx begins to search
