// Full-text search over search-index.js, which is loaded when the search field is first used; and a table of
// contents that starts folded on a phone. The site reads well without this.
'use strict';

document.documentElement.classList.add('scripted');

const field = document.getElementById('search');
const results = document.getElementById('results');
let loading;

function load() {
  loading ??= new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = 'search-index.js';
    script.onload = resolve;
    document.head.append(script);
  });
  return loading;
}

// A lesson comes before the reference of a function with the same words, and a solution after all else.
const WEIGHTS = [[/^lesson/, 2], [/^(index|guide)/, 1.5], [/labkit/, 0.5], [/^solution/, 0.1]];

/** How well a section fits the words: 0 when one of them is missing, more for words in its headings. */
function score([page, heading, address, text], words) {
  let sum = 0;
  for (const word of words) {
    const inHeading = heading.toLowerCase().indexOf(word);
    const inPage = page.toLowerCase().indexOf(word);
    const count = text.toLowerCase().split(word).length - 1;
    if (inHeading < 0 && inPage < 0 && count === 0) return 0;
    sum += (inHeading >= 0 ? 20 : 0) + (inHeading === 0 ? 10 : 0) + (inPage >= 0 ? 8 : 0) + Math.min(count, 5);
  }
  return sum * (WEIGHTS.find(([pages]) => pages.test(address))?.[1] ?? 1);
}

/** The text around the first of the words, with all of them marked. */
function excerpt(text, words) {
  const lower = text.toLowerCase();
  const at = Math.max(0, Math.min(...words.map((word) => (lower.indexOf(word) + 1 || lower.length) - 1)) - 40);
  const small = document.createElement('small');
  let rest = (at ? '…' : '') + text.slice(at, at + 150) + (at + 150 < text.length ? '…' : '');
  while (rest) {
    const hits = words.map((word) => [rest.toLowerCase().indexOf(word), word.length]).filter(([where]) => where >= 0);
    if (!hits.length) break;
    const [where, length] = hits.sort((a, b) => a[0] - b[0])[0];
    const mark = document.createElement('mark');
    mark.textContent = rest.slice(where, where + length);
    small.append(rest.slice(0, where), mark);
    rest = rest.slice(where + length);
  }
  small.append(rest);
  return small;
}

async function find() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  results.hidden = !words.length;
  if (!words.length) return;
  await load();
  const found = window.slipwayIndex.map((entry) => [score(entry, words), entry])
    .filter(([points]) => points).sort((a, b) => b[0] - a[0]).slice(0, 15);
  results.replaceChildren(...found.map(([, [page, heading, address, text]]) => {
    const link = document.createElement('a');
    const title = document.createElement('b');
    link.href = address;
    title.textContent = heading || page;
    link.append(title, heading && heading !== page ? ` · ${page}` : '', excerpt(text, words));
    return link;
  }));
  if (!found.length) {
    const nothing = document.createElement('p');
    nothing.textContent = 'Nothing has all these words.';
    results.append(nothing);
  }
}

function choose(step) {
  const links = [...results.querySelectorAll('a')];
  const at = links.findIndex((link) => link.classList.contains('chosen'));
  links[at]?.classList.remove('chosen');
  const next = links[(at + step + links.length) % links.length];
  next?.classList.add('chosen');
  next?.scrollIntoView({block: 'nearest'});
}

field.addEventListener('focus', load);
field.addEventListener('input', find);
field.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown') choose(1);
  else if (event.key === 'ArrowUp') choose(-1);
  else if (event.key === 'Enter') (results.querySelector('.chosen') ?? results.querySelector('a'))?.click();
  else if (event.key === 'Escape') field.blur(), (results.hidden = true);
  else return;
  event.preventDefault();
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/input|textarea/i.test(document.activeElement.tagName)) {
    event.preventDefault();
    field.focus();
  }
});
document.addEventListener('click', (event) => {
  if (!event.target.closest('.search')) results.hidden = true;
  else if (event.target.closest('#results a')) results.hidden = true;
  if (event.target.closest('.side a')) document.getElementById('menu').checked = false;
});

if (matchMedia('(max-width: 50rem)').matches) document.querySelector('details.toc')?.removeAttribute('open');
document.querySelector('.side [aria-current]')?.scrollIntoView({block: 'nearest'});
