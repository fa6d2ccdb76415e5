import type { Pair, ReportData, Shown } from '../reportData.ts';
import { nearestPairs } from '../nearestPairs.ts';
import { element, make, scoreText, shownOf } from './format.ts';
import { player } from './player.ts';
import type { Verdicts } from './verdicts.ts';

/** Shows pairs one by one, beginning with those nearest to the threshold, and records verdicts. */
export class PairView {
  readonly #data: ReportData;
  readonly #verdicts: Verdicts;
  readonly #judged: () => void;
  /** The pairs in display order. */
  #pairs: readonly Pair[];
  #at = 0;
  #eps: number;

  /** `judged` is called after each verdict. */
  constructor(data: ReportData, verdicts: Verdicts, judged: () => void) {
    this.#data = data;
    this.#verdicts = verdicts;
    this.#judged = judged;
    this.#pairs = data.pairs;
    this.#eps = data.eps;
    element('same').addEventListener('click', () => this.#judge(true));
    element('different').addEventListener('click', () => this.#judge(false));
    element('next').addEventListener('click', () => this.#move(1));
    element('previous').addEventListener('click', () => this.#move(-1));
    element('download').addEventListener('click', () => download(verdicts.csv()));
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Starts again with the pairs nearest to a threshold. */
  showNear(eps: number): void {
    this.#eps = eps;
    this.#pairs = nearestPairs(this.#data.pairs, eps);
    this.#at = 0;
    this.#show();
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 's') this.#judge(true);
    else if (event.key === 'd') this.#judge(false);
    else if (event.key === 'n') this.#move(1);
    else if (event.key === 'p') this.#move(-1);
  }

  #judge(isSame: boolean): void {
    const pair = this.#pairs[this.#at];
    if (!pair) return;
    this.#verdicts.set(pair, isSame);
    this.#judged();
    this.#move(1);
  }

  #move(by: number): void {
    this.#at = Math.max(0, Math.min(this.#pairs.length - 1, this.#at + by));
    this.#show();
  }

  #show(): void {
    const pair = this.#pairs[this.#at];
    if (!pair) {
      element('pair').replaceChildren(make('p', 'There are no pairs to compare.'));
      document.querySelectorAll<HTMLElement>('.judging').forEach((part) => (part.hidden = true));
      return;
    }
    const isDropped = pair.score >= 1 - this.#eps;
    element('pair').replaceChildren(
      make(
        'p',
        `Pair ${this.#at + 1} of ${this.#pairs.length}: score ${scoreText(pair.score)}, ` +
          `${isDropped ? 'dropped' : 'kept'} at this eps`,
      ),
      make(
        'div',
        [
          pair.maxIsEarlier
            ? row('Earlier row', pair.maxId, [])
            : row('Ranked before', pair.maxId, shownOf(this.#data, pair.maxId)),
          row(isDropped ? 'Dropped' : 'Kept too', pair.id, shownOf(this.#data, pair.id)),
        ],
        { class: 'both' },
      ),
    );
    const isSame = this.#verdicts.get(pair);
    element('same').setAttribute('aria-pressed', String(isSame === true));
    element('different').setAttribute('aria-pressed', String(isSame === false));
    element('judged').textContent = `${this.#verdicts.all().length} judged`;
  }
}

function row(title: string, id: string, shown: readonly Shown[]): HTMLElement {
  const media = shown.flatMap(({ media, column, text }) =>
    media ? [player(media, `${column}: ${text}`, 'metadata')] : [],
  );
  const terms = [{ column: 'id', text: id }, ...shown].flatMap(({ column, text }) => [
    make('dt', column),
    make('dd', text),
  ]);
  return make('div', [make('h3', title), ...media, make('dl', terms)], { class: 'row' });
}

function download(text: string): void {
  const link = make('a', '', {
    href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })),
    download: 'verdicts.csv',
  });
  link.click();
}
