// Written by `npm run docs` from the catalogue.
export { kmeans, type KmeansOptions, type KmeansRow } from './kmeans.ts';
export { kmeansCentroids, type KmeansCentroidsOptions, type KmeansCentroidsRow } from './kmeansCentroids.ts';
export { kmeansAssign, type KmeansAssignOptions, type KmeansAssignRow } from './kmeansAssign.ts';
export { pairwise, type PairwiseOptions, type PairwiseRow } from './pairwise.ts';
export { kmeansPairwise, type KmeansPairwiseOptions, type KmeansPairwiseRow } from './kmeansPairwise.ts';
export {
  overlapForRecall,
  type OverlapForRecallOptions,
  type OverlapForRecallRow,
} from './overlapForRecall.ts';
export { pairwiseRecall, type PairwiseRecallOptions, type PairwiseRecallRow } from './pairwiseRecall.ts';
export { nearest, type NearestOptions, type NearestRow } from './nearest.ts';
export { similarPairs, type SimilarPairsOptions, type SimilarPairsRow } from './similarPairs.ts';
export { duplicateGroups, type DuplicateGroupsOptions, type DuplicateGroupsRow } from './duplicateGroups.ts';
export {
  invalidEmbeddings,
  type InvalidEmbeddingsOptions,
  type InvalidEmbeddingsRow,
} from './invalidEmbeddings.ts';
export { embeddingHealth, type EmbeddingHealthOptions, type EmbeddingHealthRow } from './embeddingHealth.ts';
export { readArrow } from './readArrow.ts';
export { readNpy, type ReadNpyOptions, type ReadNpyRow } from './readNpy.ts';
