// Written by `npm run docs` from the catalogue.
export { readJsonExactly } from './readJsonExactly.ts';
export { duplicates, type DuplicatesOptions, type DuplicatesRow } from './duplicates.ts';
export { epsCurve, type EpsCurveRow } from './epsCurve.ts';
export { epsCandidates, type EpsCandidatesRow } from './epsCandidates.ts';
export {
  similarityHistogram,
  type SimilarityHistogramOptions,
  type SimilarityHistogramRow,
} from './similarityHistogram.ts';
export { dropByGroup, type DropByGroupOptions, type DropByGroupRow } from './dropByGroup.ts';
export { reviewSample, type ReviewSampleOptions, type ReviewSampleRow } from './reviewSample.ts';
export { epsPrecision, type EpsPrecisionRow } from './epsPrecision.ts';
export { atlasNeighbors, type AtlasNeighborsOptions, type AtlasNeighborsRow } from './atlasNeighbors.ts';
