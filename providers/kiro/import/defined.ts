type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** The members that are there: a credential is compared and stored without empty places. */
export function definedOnly<T extends object>(values: T): Defined<T> {
  // Object.entries loses the type of what it keeps; nothing but undefined members is left out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
