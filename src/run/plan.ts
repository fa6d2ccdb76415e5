/** The steps of a run, each after the one before. */
export const STEPS = ['fit', 'assign', 'pairwise', 'finish'] as const;
export type StepName = (typeof STEPS)[number];

/** One step: tasks that need nothing of each other. */
export interface Step {
  readonly name: StepName;
  readonly tasks: number;
}

/** A file of the input. */
export interface PlannedFile {
  readonly bytes: number;
}

/** How a run is cut into tasks. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Numbers of the input files that each of the first tasks of `assign` reads. */
  readonly fileGroups: readonly (readonly number[])[];
  /** Of the files of earlier rows, for the tasks after these; an empty group stands for a statement. */
  readonly earlierGroups: readonly (readonly number[])[];
  /** Buckets of clusters: the tasks of `pairwise`. */
  readonly buckets: number;
}

/** What a plan is made of. */
export interface Planned {
  readonly files: readonly PlannedFile[];
  /** Files of earlier rows; none for a statement, undefined without earlier rows. */
  readonly earlier?: readonly PlannedFile[];
  readonly tasks: number;
  readonly clusters?: number;
}

/**
 * Cuts a run into `tasks` tasks per step, or fewer: a task of `assign` reads whole files, and one of `pairwise` has at least
 * one cluster. The files of a task are neighbours with about as many bytes as those of the others. Earlier rows have tasks of
 * their own in `assign`.
 */
export function planOf({ files, earlier, tasks, clusters }: Planned): Plan {
  const groupsOf = (list: readonly PlannedFile[]): number[][] =>
    groupFiles(list, Math.max(1, Math.min(tasks, list.length)));
  const fileGroups = groupsOf(files);
  const earlierGroups = earlier ? groupsOf(earlier) : [];
  const buckets = Math.max(1, Math.min(tasks, clusters ?? tasks));
  const cut = { fileGroups, earlierGroups, buckets };
  return { steps: stepsOf(cut), ...cut };
}

function stepsOf({ fileGroups, earlierGroups, buckets }: Omit<Plan, 'steps'>): Step[] {
  const counts = { fit: 1, assign: fileGroups.length + earlierGroups.length, pairwise: buckets, finish: 1 };
  return STEPS.map((name) => ({ name, tasks: counts[name] }));
}

/** Whether a value is a plan over `files` files, and `earlier` files of earlier rows. */
export function isPlan(value: unknown, files: number, earlier: number): value is Plan {
  const { steps, fileGroups, earlierGroups, buckets } = (value ?? {}) as Partial<Plan>;
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) > 0;
  const areGroups = (groups: unknown, count: number): groups is number[][] =>
    Array.isArray(groups) &&
    groups.every(
      (group) =>
        Array.isArray(group) &&
        group.every(
          (number) => Number.isInteger(number) && (number as number) >= 0 && (number as number) < count,
        ),
    );
  if (!areGroups(fileGroups, files) || !areGroups(earlierGroups, earlier) || !isCount(buckets)) return false;
  const expected = stepsOf({ fileGroups, earlierGroups, buckets });
  return (
    fileGroups.length > 0 &&
    Array.isArray(steps) &&
    steps.length === expected.length &&
    expected.every(({ name, tasks }, i) => steps[i]?.name === name && steps[i].tasks === tasks)
  );
}

function groupFiles(files: readonly PlannedFile[], count: number): number[][] {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const groups: number[][] = Array.from({ length: count }, () => []);
  let before = 0;
  let group = 0;
  files.forEach(({ bytes }, i) => {
    const middle = ((before + bytes / 2) / Math.max(1, total)) * count;
    // No group stays empty, neither this one nor those that come.
    const least = Math.max(group, count - (files.length - i));
    const most = groups[group].length > 0 ? group + 1 : group;
    group = Math.min(most, Math.max(least, Math.floor(middle)), count - 1);
    groups[group].push(i);
    before += bytes;
  });
  return groups;
}

/** The step before, which must be done first; undefined for the first. */
export const stepBefore = (name: StepName): StepName | undefined => STEPS[STEPS.indexOf(name) - 1];

/** Numbers as engines take them for an array: `0-3,7`. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
