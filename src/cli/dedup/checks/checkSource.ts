import type { Relation } from '../../../relation/relation.ts';
import type { Session } from '../../../session/session.ts';
import { checkReportColumns } from '../../report/checkReportColumns.ts';
import { checkColumns } from './checkInput.ts';
import { checkMetadata } from './checkMetadata.ts';
import type { Input } from '../input/input.ts';
import type { Source } from '../source.ts';

/**
 * Checks the columns of input and metadata before anything is computed; returns those of the input. @throws
 * NearduckError (Binder Error).
 */
export async function checkSource(
  session: Session,
  input: Input,
  { options, isByPosition, isOwnMetadata }: Source,
  notice: (text: string) => void,
): Promise<Relation> {
  const relation = await checkColumns(session, input, options, isByPosition ? ['embedding'] : undefined);
  const { metadata, id, show } = options;
  await checkReportColumns(session.connection, { metadata, id, show });
  if (!isByPosition && !isOwnMetadata) await checkMetadata(session, relation, options, notice);
  return relation;
}
