import { createHash } from 'node:crypto';
import type { ReportData } from './reportData.ts';

/** Characters of an id that are shown, and of a value of the column that rows are grouped by. */
const LENGTH = 100;

/**
 * The same report with what is long shortened: a page has hundreds of ids, each of which may be a document.
 * Ids that differ stay different, by a hash at the end; the table of pairs beside the page has them whole.
 */
export function withShortTexts(data: ReportData): ReportData {
  const { pairs, groups, outliers, shares, shown } = data;
  return {
    ...data,
    pairs: pairs.map((pair) => ({ ...pair, id: short(pair.id), maxId: short(pair.maxId) })),
    groups: groups.map((group) => ({
      ...group,
      keptId: short(group.keptId),
      members: group.members.map((member) => ({ ...member, id: short(member.id) })),
    })),
    outliers: outliers.map((outlier) => ({ ...outlier, id: short(outlier.id) })),
    shares: shares && {
      ...shares,
      values: shares.values.map((one) => ({ ...one, value: one.value === null ? null : short(one.value) })),
    },
    // An id may be __proto__.
    shown: Object.fromEntries(Object.entries(shown).map(([id, columns]) => [short(id), columns])),
  };
}

const short = (text: string): string =>
  text.length <= LENGTH
    ? text
    : `${text.slice(0, LENGTH)}… #${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
