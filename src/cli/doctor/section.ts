/** A section of the report: names and values, one per line. */
export type Section = readonly (readonly [name: string, value: string])[];
