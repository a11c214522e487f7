/** Why an entry is passed over, in words for whoever made the file. */
export class Rejection {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}
