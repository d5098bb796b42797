import { describeApp } from "./app.ts";

describeApp(15, "turbopack");
describeApp(15, "webpack");
describeApp(16, "webpack");
