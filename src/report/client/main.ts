// oxlint-disable-next-line import/no-unassigned-import -- before uPlot is loaded
import './language.ts';
import type { ReportData, Shown } from '../reportData.ts';
import { clusterChart, stepsShown, epsChart } from './charts.ts';
import { count, counted, element, epsText, make, percent, scoreText, shownOf, table } from './format.ts';
import { PairView } from './pairView.ts';
import { cellsOf } from './player.ts';
import { precisionAt } from './precision.ts';
import { Verdicts } from './verdicts.ts';

const data = JSON.parse(element('data').textContent) as ReportData;
const { rows } = data;
const steps = stepsShown(data);
const slider = element<HTMLInputElement>('eps');
const verdicts = new Verdicts(
  data.pairs,
  `nearduck ${data.title} ${data.facts.find(([name]) => name === 'run')?.[1]}`,
);

element('subtitle').textContent =
  counted(rows, 'row') +
  (data.rule === 'chain'
    ? ''
    : `. Rows dropped are counted by the rule chain; ${data.rule} may drop other ones.`);
const hasScores = steps.dropped.at(-1)! > 0;
element('scores').hidden = !hasScores;
element('no-scores').hidden = hasScores;
const moveMarker = hasScores ? epsChart(element('chart'), { steps, rows }) : () => {};
const pairView = new PairView(data, verdicts, () => showPrecision(current()));

const current = (): number => steps.eps[Number(slider.value)];

function showPrecision(eps: number): void {
  const precision = precisionAt(verdicts.all(), eps);
  element('precision').replaceChildren(
    ...(precision
      ? [
          document.createTextNode(percent(precision.precision)),
          make(
            'small',
            `${percent(precision.low)} to ${percent(precision.high)} (95 %), ` +
              `${counted(precision.verdicts, 'verdict')}`,
          ),
        ]
      : [document.createTextNode('–'), make('small', 'judge pairs below')]),
  );
}

function showRecall(eps: number): void {
  // The nearest measured eps.
  const distance = (other: number): number => Math.abs(Math.log((other + 1e-7) / (eps + 1e-7)));
  const [nearest] = [...data.recall].sort((a, b) => distance(a.eps) - distance(b.eps));
  element('recall').replaceChildren(
    ...(nearest
      ? [
          document.createTextNode(percent(nearest.recall)),
          make(
            'small',
            `${percent(nearest.low)} to ${percent(nearest.high)} (95 %), measured at eps ${nearest.eps}`,
          ),
        ]
      : [document.createTextNode('–'), make('small', 'no rows were checked')]),
  );
}

function showShares(eps: number): void {
  const { shares } = data;
  if (!shares) return;
  const at = Math.max(
    0,
    shares.eps.findLastIndex((step) => step <= eps),
  );
  const lines = shares.values.map(({ value, rows, dropped }) => {
    const share = dropped[at] / Math.max(1, rows);
    const bar = make('span', '', { class: 'bar', style: `width: ${10 * share}rem` });
    return [value ?? 'NULL', rows, dropped[at], percent(share), bar];
  });
  element('shares-title').textContent = `Rows dropped by ${shares.column}, at eps ${epsText(shares.eps[at])}`;
  element('shares').replaceChildren(table([shares.column, 'rows', 'dropped', 'share', 'as a bar'], lines));
}

function show(): void {
  const eps = current();
  const dropped = steps.dropped[Number(slider.value)];
  const share = dropped / Math.max(1, rows);
  element('eps-value').textContent = epsText(eps);
  slider.setAttribute('aria-valuetext', `eps ${epsText(eps)}, ${count(dropped)} rows dropped`);
  element('dropped').replaceChildren(count(dropped), make('small', percent(share)));
  element('kept').replaceChildren(count(rows - dropped), make('small', percent(1 - share)));
  element('command').textContent = data.command.replace('{eps}', String(eps));
  showRecall(eps);
  showPrecision(eps);
  showShares(eps);
  moveMarker(eps);
  pairView.showNear(eps);
}

function showCurve(): void {
  const lines = steps.eps.flatMap((eps, i) =>
    i > 0 && i < steps.eps.length - 1 && steps.dropped[i] === steps.dropped[i - 1]
      ? []
      : [[epsText(eps), steps.dropped[i], percent(steps.dropped[i] / Math.max(1, rows))]],
  );
  element('curve').append(table(['eps', 'rows dropped', 'share'], lines));
}

function showGroups(): void {
  const { groups, groupRule } = data;
  element('groups-title').textContent = `Largest groups of duplicates at eps ${data.eps}, rule ${groupRule}`;
  element('groups').replaceChildren(
    ...(groups.length === 0 ? [make('p', 'There are no duplicates at this eps.')] : []),
    ...groups.map(({ keptId, keptIsEarlier, size, members }) =>
      make('details', [
        make(
          'summary',
          `${counted(size, 'row')}: ${keptIsEarlier ? `earlier row ${keptId}` : keptId} is kept`,
        ),
        table(
          ['id', 'score', ...namesOf(shownOf(data, members[0].id))],
          [
            keptIsEarlier
              ? [keptId, 'earlier row', ...namesOf(shownOf(data, members[0].id)).map(() => '')]
              : [keptId, 'kept', ...cellsOf(shownOf(data, keptId))],
            ...members.map(({ id, score }) => [
              id,
              score === null ? 'not measured' : scoreText(score),
              ...cellsOf(shownOf(data, id)),
            ]),
          ],
        ),
        ...(members.length < size - 1
          ? [make('p', `The ${members.length} least similar of ${count(size - 1)} duplicates.`)]
          : []),
      ]),
    ),
  );
}

const namesOf = (shown: readonly Shown[]): string[] => shown.map(({ column }) => column);

function showClusters(): void {
  const { clusters, outliers } = data;
  const total = clusters.reduce((sum, { clusters: n }) => sum + n, 0);
  const isOne = total === 1;
  element('clusters').textContent = isOne
    ? `1 cluster of ${counted(rows, 'row')}: all were compared with each other.`
    : `${count(total)} clusters, of ${count(clusters[0]?.rows ?? 0)} to ` +
      `${count(clusters.at(-1)?.rows ?? 0)} rows.`;
  element('cluster-figure').hidden = isOne;
  if (!isOne) clusterChart(element('cluster-chart'), clusters);
  element('outliers').append(
    table(
      [
        'id',
        'cluster',
        'cosine distance',
        ...namesOf(outliers.length === 0 ? [] : shownOf(data, outliers[0].id)),
      ],
      outliers.map(({ id, centroid, distance }) => [
        id,
        String(centroid),
        distance.toFixed(4),
        ...cellsOf(shownOf(data, id)),
      ]),
    ),
  );
}

function showHealth(): void {
  const { health } = data;
  element('health').append(
    health.length === 0
      ? make(
          'p',
          'The embeddings were not checked: dedup --report checks them, and so does the script 5_health.',
        )
      : table(
          ['finding', 'status', 'detail', 'what to do'],
          health.map(({ finding, status, detail, remedy }) => [finding, status, detail, remedy]),
        ),
  );
}

/** Puts a text on the clipboard or, where the browser forbids that, selects it. */
async function copy(from: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(from.textContent);
    element('copied').textContent = 'Copied';
  } catch {
    getSelection()?.selectAllChildren(from);
    element('copied').textContent = 'Selected: press Ctrl-C';
  }
}

showCurve();
showGroups();
showClusters();
showHealth();
element('shares-section').hidden = !data.shares;
element('facts').append(
  table(
    ['fact', 'value'],
    data.facts.map(([name, text]) => [name, text]),
  ),
);
element('copy').addEventListener('click', () => {
  void copy(element('command'));
});
slider.max = String(steps.eps.length - 1);
slider.value = String(Math.max(0, steps.eps.indexOf(data.eps)));
slider.addEventListener('input', show);
show();
