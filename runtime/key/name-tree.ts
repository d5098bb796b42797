/** A list of property names, in the order in which an object has them. */
export class NameList {
  /** The number of the set of names, whatever their order. */
  id = 0;
  /** The same names, sorted; `undefined` if no object had exactly these names. */
  sorted: readonly string[] | undefined = undefined;
  /** The longer lists, by the next name. The last one that was found is also kept here: most objects are alike. */
  readonly #longer = new Map<string, NameList>();
  #lastName: string | undefined = undefined;
  #last: NameList | undefined = undefined;

  /** The list with one more name; made by `make` if it is new and `make` is given. */
  with(name: string, make?: () => NameList | undefined): NameList | undefined {
    if (name === this.#lastName) return this.#last;
    let longer = this.#longer.get(name);
    if (!longer) {
      longer = make?.();
      if (!longer) return undefined;
      this.#longer.set(name, longer);
    }
    this.#lastName = name;
    this.#last = longer;
    return longer;
  }
}

/** Objects with more names are most likely dictionaries, of which no two have the same names. */
const MAX_NAMES = 32;
/** Lists in the tree, which are never removed: each takes about 200 bytes. */
const MAX_LISTS = 5000;

/** Gives each set of property names a number, which costs less than to sort and to compare the names. */
export class NameTree {
  readonly #root = new NameList();
  #size = 0;
  #ids = 0;

  /**
   * The list of an object's names; `undefined` if there are too many. A set of names always has the same number, or
   * never has one: once the tree is full, a set that is not in it stays out.
   */
  find(names: readonly string[]): NameList | undefined {
    if (names.length > MAX_NAMES) return undefined;
    const list = this.#at(names, this.#make) ?? this.#at([...names].sort());
    if (list && !list.sorted) {
      const sorted = [...names].sort();
      const same = this.#at(sorted, this.#make);
      if (!same) return undefined;
      if (!same.sorted) same.id = ++this.#ids;
      same.sorted = list.sorted = sorted;
      list.id = same.id;
    }
    return list?.sorted && list;
  }

  #at(names: readonly string[], make?: () => NameList | undefined): NameList | undefined {
    let list: NameList | undefined = this.#root;
    for (let index = 0; list && index < names.length; index++) list = list.with(names[index]!, make);
    return list;
  }

  readonly #make = (): NameList | undefined =>
    this.#size < MAX_LISTS ? (this.#size++, new NameList()) : undefined;
}
