import { useQuery } from "@tanstack/react-query";
import { useContext, useEffect, useState } from "react";
import { ClientsContext } from "../api/client";
import type { SearchResult } from "../api/schema";

/** After the last key, until the API is asked. */
const PAUSE_MS = 150;
const SHORTEST = 3;

/** What the API finds for a text, once somebody pauses after typing it. Without a key nothing is asked. */
export function useFound(typed: string) {
  const wanted = typed.trim();
  const [asked, setAsked] = useState("");
  const api = useContext(ClientsContext)?.native;
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const isAsked = asked.length >= SHORTEST && asked === wanted && api !== undefined;
  const { data, isFetching } = useQuery({
    queryKey: ["search", asked],
    enabled: isAsked,
    queryFn: ({ signal }) => api?.get<SearchResult>("/search", { q: asked }, signal),
    retry: false,
    staleTime: 10_000,
  });
  return { found: isAsked ? data : undefined, isSearching: isAsked && isFetching };
}
