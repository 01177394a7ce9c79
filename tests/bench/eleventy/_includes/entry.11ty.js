import { entry } from "../theme.mjs";

export function render(data) { return entry(data); }
